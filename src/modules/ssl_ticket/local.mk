# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module ssl_ticket.

module_sources += \
    src/modules/ssl_ticket/ticket.h \
    src/modules/ssl_ticket/ticket_call.c \
    src/modules/ssl_ticket/ticket_ring.c \
    src/modules/ssl_ticket/ticket_setup.c \
    src/modules/ssl_ticket/ticket_state.c \
    src/modules/ssl_ticket/ticket_transfer.c
