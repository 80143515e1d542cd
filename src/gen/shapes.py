# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What can be seen in a prototype and its documentation, without knowing the function."""
import functools
import re

ERROR_CODE = re.compile(
    r"MBEDTLS_ERR_|PSA_ERROR_|error code|negative (value|error|number)|0 (if|on|for) (successful|success|ok)"
    r"|0 (when|if) successful|returns? 0 on success", re.I)
NULL_OPTIONAL = re.compile(
    r"(may|can|could|might) (also )?be (set to )?(\\c |#|`)?NULL|or (\\c |#|`)?NULL|"
    r"(\\c |#|`)?NULL (if|to|is allowed|is permitted|for no)|if (\\c |#|`)?not (\\c |#|`)?NULL|"
    r"(is|be) (\\c |#|`)?NULL,|unless.*NULL|if this is (\\c |#|`)?NULL", re.I)
NULL_REQUIRED = re.compile(r"(must|should|may|can) ?not be (\\c |#|`)?NULL|non-?NULL|cannot be NULL",
                           re.I)
SECTION = re.compile(r"\s*[\\@](brief|param|return|retval|note|warning|deprecated|see|"
                     r"attention|pre|post|since|sa|returns)\b(.*)")


def context_of(type_, contexts):
    """The context type that a parameter points to (or is), or None."""
    name = type_["resolved"]
    return name if name in contexts and type_["function"] is None else None


def callback_contexts(type_, contexts):
    """The context types that a callback is given, in order."""
    shape = type_.get("function")
    if shape is None:
        return []
    return [p["type"]["resolved"] for p in shape["params"]
            if p["type"]["resolved"] in contexts and p["type"]["function"] is None]


def clean_doc(doc):
    """Comment text without its frame."""
    text = re.sub(r"^/\*[*!]?<?|\*/$", "", doc.strip())
    return re.sub(r"^[^\S\n]*\* ?", "", text, flags=re.M)


@functools.lru_cache(maxsize=None)
def doc_sections(doc):
    """Doxygen commands of a comment, as (command, text) in order; the head has the command ''."""
    sections, command, lines = [], "", []
    for line in clean_doc(doc).split("\n"):
        match = SECTION.match(line)
        if match:
            sections.append((command, "\n".join(lines)))
            command, lines = match.group(1), [match.group(2)]
        else:
            lines.append(line)
    sections.append((command, "\n".join(lines)))
    return tuple(sections)


def doc_parameters(doc):
    """Text of each \\param, by parameter name; one command may name several."""
    found = {}
    for command, text in doc_sections(doc):
        if command != "param":
            continue
        match = re.match(r"\s*(?:\[[^\]]*\])?\s*([\w, ]*?\w)(?:\s|$)", text)
        if not match:
            continue
        first = re.match(r"\s*(?:\[[^\]]*\])?\s*(\w+(?:\s*,\s*\w+)*)", text)
        for name in re.split(r"\s*,\s*", first.group(1)):
            found[name] = " ".join(text[first.end():].split())
    return found


def doc_return(doc):
    return " ".join(" ".join(text.split()) for command, text in doc_sections(doc)
                    if command in ("return", "returns", "retval"))


def is_error_code(doc):
    """Whether the documentation says that an int result is 0 or an Mbed TLS error code."""
    return bool(ERROR_CODE.search(doc_return(doc)))


def null_in_doc(text):
    """'optional', 'required', 'unclear' or '' : what the text of a parameter says of NULL."""
    if "NULL" not in text:
        return ""
    if NULL_REQUIRED.search(text) and not NULL_OPTIONAL.search(NULL_REQUIRED.sub("", text)):
        return "required"
    if NULL_OPTIONAL.search(text):
        return "optional"
    return "unclear"
