# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Prints how many findings stand in a log of helgrind, or of DRD (-v tool=drd), without those that are
# Mbed TLS's own.
#
# Mbed TLS counts ECC operations in three static variables, for its self-test. All ECC of all threads
# writes them, guarded or not; nothing but the self-test reads them. Debian's library has no symbols of
# static things, so that no suppression can name them. A finding is theirs if it
#   - is a race on one of three words side by side in the zeroed data of libmbedcrypto (libtfpsacrypto
#     in 4.x), or on a variable of their names, and
#   - was met below a function of the ECC modules: that is the first of the stack that has a name,
#     where a static function of these modules counts as one that has none.
# Whatever else is racy in that data makes the words more than three, and all of them count.

function number(hex, i, n)
{
    for (i = 3; i <= length(hex); i++)
        n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
    return n
}

function note(word)
{
    theirs++
    if (theirs == 1 || word < low) low = word
    if (theirs == 1 || word > high) high = word
}

function finish()
{
    if (open && ecc && zeroed)
        note(number(address))
    else if (open && !(ecc && named))
        count++
    open = ecc = named = zeroed = in_stack = 0
    address = ""
}

# DRD sets its findings apart by empty lines; it has some about things other than memory, which all count.
tool == "drd" && /^==[0-9]+== *$/ { finish(); next }
tool == "drd" && /^==[0-9]+== Thread [0-9]+:/ { next }
tool == "drd" && /^==[0-9]+== (More than 100 errors detected|will still be recorded, but)/ { next }
tool == "drd" && !open && /^==[0-9]+== / && !/Conflicting / { open = 1 }
tool == "drd" && /Conflicting (load|store) by thread / {
    finish()
    open = in_stack = 1
    size = $0
    sub(/.* size /, "", size)
    size += 0
    address = tolower($0)
    sub(/.* at /, "", address)
    sub(/ .*/, "", address)
    next
}
/ Allocation context: BSS section of .*libmbedcrypto/ { zeroed = 1 }
/ Location 0x[0-9a-fA-F]+ is [0-9]+ bytes inside global var "(add|dbl|mul)_count"/ { named = 1 }

/^==[0-9]+== -+$/ { finish(); open = 1; next }
/^==[0-9]+== ---Thread-Announcement-/ { finish(); next }
/Possible data race/ {
    split($0, part, / at | by /)
    address = tolower(part[2])
    size = $0
    sub(/.* of size /, "", size)
    size += 0
    in_stack = 1
    next
}
in_stack && / (at|by) 0x[0-9A-F]+: / {
    name = $0
    sub(/.* 0x[0-9A-F]+: /, "", name)
    if (name ~ /^(\?\?\?|add_mixed|double_add|ecp_)/) next
    if (name ~ /^mbedtls_mpi_(mul|sub|add|mul_int|sub_int|shift_l)_mod[. ]/) next
    ecc = name ~ /^mbedtls_ec(p|dh|dsa|jpake)_/
    in_stack = 0
}
/ Address 0x/ {
    for (i = 1; i < NF && $i != "Address"; i++)
        ;
    if (tolower($(i + 1)) == address) {
        zeroed = / is in the BSS segment of .*lib(mbedcrypto|tfpsacrypto)/
        named = / data symbol "(add|dbl|mul)_count"/
    }
}
END {
    finish()
    if (theirs > 0 && high - low > 2 * size)
        count += theirs
    print count + 0
}
