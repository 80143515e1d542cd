# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits documentation blocks: what Mbed TLS's own header says, and what the guard adds.

The words about a parameter come from the header that is installed on the user's machine.
"""
import re

from shapes import doc_parameters, doc_sections
from signature import wrap_comment
from texts import leading_codes

OWN_ERRORS = tuple("MBEDGUARD_ERR_" + word for word in (
    "BAD_INPUT", "NOT_INITIALIZED", "BROKEN", "ORDER", "REENTRY", "UPGRADE", "ALLOC_FAILED", "THREADING",
    "OVERFLOW", "VERSION"))
OVERTAKEN = ("#MBEDGUARD_ERR_CLOSED another thread closed, reset or freed the connection, or will free it; "
             "a session that failed gives its first error again")


def plain(text):
    """Text of another document, with nothing in it that Doxygen would follow."""
    text = re.sub(r"[\\@](c|p|e|a|b|em|ref|link|endlink|brief)\b ?", "", text)
    text = re.sub(r"[\\@](code|endcode|verbatim|endverbatim|f\$|li|arg|n|par|internal|cond|endcond|"
                  r"addtogroup|name|defgroup|ingroup|\{|\})", " ", text)
    text = text.replace("#", "").replace("\\", "").replace("@", "(at)")
    text = re.sub(r"</?[A-Za-z][^>]*>", "", text)
    text = text.replace("<", "&lt;").replace(">", "&gt;").replace("%", "").replace("*/", "")
    text = text.replace("::", ":").replace("$", "").replace("\"", "'").replace("`", "'")
    return " ".join(text.split())


def direction(param):
    if param["callback"] or param["pointer"] == 0:
        return "in"
    if param["const"]:
        return "in,out" if param["context"] else "in"
    if param["context"]:
        return "in,out"
    return "in,out" if not re.search(r"^(output|out|olen|flags|buf$)", param["name"]) else "out"


def brief_of(doc):
    """The first sentence of what Mbed TLS says."""
    sections = doc_sections(doc)
    text = next((t for c, t in sections if c == "brief"), "") or \
        next((t for c, t in sections if c == "" and t.strip()), "")
    text = plain(text.split("\n\n")[0])
    match = re.match(r"(.+?\.)(\s|$)", text)
    return (match.group(1) if match else text) or ""


def paragraph(title, text):
    """A headed paragraph: the heading is a line of its own."""
    return " * @par %s\n%s" % (title, wrap_comment(text))


def item(tag, text):
    """One command of a block, folded with its continuation aligned."""
    return wrap_comment("%s %s" % (tag, text))


def brief_text(entry):
    brief = brief_of(entry["doc"]).rstrip(".")
    return "%s: %s." % (entry["name"] + "() with its locks",
                        brief[:1].lower() + brief[1:]) if brief else entry["name"] + "() with its locks."


def own_errors(text):
    """The line of errors of the guard that no other line of the text is about."""
    told = {code for line in text["returns"] for code in leading_codes(line)}
    left = ["#" + code for code in OWN_ERRORS if code not in told]
    if text["errors"] == "none" or not left:
        return []
    return [item("@return", " or ".join(filter(None, [", ".join(left[:-1]), left[-1]])))]


def return_items(entry):
    returned = [plain(t) for c, t in doc_sections(entry["doc"]) if c in ("return", "returns", "retval")]
    items = [item("@return", "Of Mbed TLS: " + t) for t in returned if t]
    kind, text = entry["returns"]["kind"], entry["text"]
    if text["returns"]:
        items = [item("@return", line) for line in text["returns"]]
    elif kind == "void":
        items = [item("@return", "0")]
    elif kind == "error" and not items:
        items = [item("@return", "Whatever %s() returns, unchanged." % entry["name"])]
    if kind in ("error", "void"):
        items += own_errors(text)
        if entry["waits_outside"] and not text["returns"]:
            items.append(item("@return", OVERTAKEN))
    elif kind == "status":
        items.append(item("@return", "PSA_ERROR_SERVICE_FAILURE if a guard could not be had"))
    elif text["errors"] != "none":
        items.append(item("@return", "%s if a guard could not be had" % plain(
            entry["returns"]["fail"] or "An empty value")))
    return items


def when_taken(guard):
    """Of the store of calls that use PSA inside: why, and whether always."""
    if guard.get("for"):
        return " if %s is mbedguard_psa_get_random()" % guard["for"]
    if guard.get("asks"):
        return " where it was set up to use PSA"
    return ", since it uses PSA inside" if guard.get("around") else ""


def locking(entry):
    if entry["text"]["locking"]:
        return entry["text"]["locking"]
    parts = []
    for param in entry["params"]:
        if param["context"] and not param["by_value"]:
            mode = {"use": "exclusive (its keepers go on)"}.get(param["mode"], param["mode"])
            parts.append("%s %s%s" % (param["name"], mode, " if given" if param["optional"] else ""))
    for guard in entry["globals"]:
        parts.append("the %s guard %s%s" % ({
            "psa_store": "PSA store", "psa_random": "PSA random generator",
            "process": "process"}[guard["guard"]], guard["mode"], when_taken(guard)))
    if entry["key"]:
        parts.append("the key %s" % entry["key"]["mode"] if parts[-1].endswith("shared") else
                     "or that shared and the key exclusive, where the key is volatile and was made "
                     "through the guard")
    if entry["params"] and entry["params"][0]["context"] == "mbedtls_ssl_context":
        parts.append("its configuration shared")
    if entry["decision"] == "manual":
        parts = parts or ["none"]
    if not parts or parts == ["none"]:
        return "None."
    return "Takes %s%s." % (", ".join(parts),
                            ", for each step; none while it waits" if entry["waits_outside"] else "")


def callbacks(entry):
    parts = []
    if entry["in_callback"]:
        parts.append("May be called from a callback of a call on the same object.")
    if entry["text"]["callbacks"]:
        return " ".join(parts + [entry["text"]["callbacks"]])
    if entry["calls_out"]:
        parts.append("Callbacks and sources run with the guards held: a call that is not marked as "
                     "callable from callbacks gets #MBEDGUARD_ERR_REENTRY on these objects.")
    if entry["waits_outside"]:
        parts.append("Those of mbedguard_ssl_set_bio() run with no guard held, one that sends and one "
                     "that receives at a time; under a lock of the thread they do not run.")
    for callback in entry["callbacks"]:
        if callback["kind"] == "own":
            parts.append("%s is given the application's own guarded objects." % callback["param"])
        else:
            parts.append("%s is given a guarded view of an object of the library's: it is valid until "
                         "the callback returns, and must not be kept." % callback["param"])
    return " ".join(parts)


def ownership(entry):
    kept = [k["param"] for k in entry["keeps"]] + [k["data"] for k in entry["keep_calls"]]
    if kept:
        return ("Keeps %s: a counted object lives until it is let go; one in the caller's storage must "
                "stay there." % ", ".join(dict.fromkeys(kept)))
    if entry["result"] == "inside":
        return ("The result points into the object: lock it with mbedguard_lock() for as long as the "
                "result is used.")
    return ""


def function_doc(entry):
    lines = ["/**", item("@brief", brief_text(entry)), " *"]
    note = " ".join(filter(None, [entry["text"]["note"], entry["note"]]))
    if note:
        lines += [wrap_comment(note), " *"]
    docs = doc_parameters(entry["doc"])
    for param in entry["params"]:
        text = (entry["text"]["params"].get(param["name"]) or plain(docs.get(param["name"], ""))
                or "As for %s()." % entry["name"])
        lines.append(item("@param[%s] %s" % (direction(param), param["name"]), text))
    lines += return_items(entry)
    lines.append(paragraph("Locking", locking(entry)))
    if callbacks(entry):
        lines.append(paragraph("Callbacks", callbacks(entry)))
    if ownership(entry):
        lines.append(paragraph("Ownership", ownership(entry)))
    lines += [" * @since 0.1", " * @see %s()" % entry["name"], " */"]
    return "\n".join(lines)


def type_doc(described):
    return "\n".join(["/**", item("@brief", "%s with a guard, of rank %s." % (
        described["name"], described["rank"])), " *",
        wrap_comment("All-zero bytes are a valid guard. Ask members of the Mbed TLS struct through "
                     "accessors, or within mbedguard_borrow()."), " */"])


LIFE = {
    "init": ("Make a fresh object of storage that nobody else uses yet.",
             [("out", "object", "The storage; whatever it holds is overwritten.")],
             ["0", "#MBEDGUARD_ERR_BAD_INPUT object is NULL, or was made by the new function",
              "#MBEDGUARD_ERR_VERSION, #MBEDGUARD_ERR_THREADING"],
             "None: storage is the caller's until the object is shared.", ""),
    "free": ("Free what an object holds, or let go of a counted object.",
             [("in,out", "object", "The object; NULL, zeroed and freed objects are ignored.")],
             ["0", "#MBEDGUARD_ERR_NOT_INITIALIZED the storage was never initialised nor zeroed",
              "#MBEDGUARD_ERR_ORDER, #MBEDGUARD_ERR_UPGRADE, #MBEDGUARD_ERR_ALLOC_FAILED, "
              "#MBEDGUARD_ERR_THREADING nothing was freed"],
             "Takes the object and its keepers exclusive: waits for the calls inside them.",
             "In the caller's storage the object is empty and usable again afterwards; from a callback "
             "of a call on the object, when that call ends. A counted object goes with its last "
             "reference or keeper."),
    "new": ("Make a counted object on the heap.", [],
            ["The object, with one reference", "NULL if memory or a guard could not be had"],
            "None.", "The caller holds a reference, to be given back with the free function."),
    "ref": ("Take one more reference to a counted object.",
            [("in,out", "object", "An object of the new function.")],
            ["0", "#MBEDGUARD_ERR_BAD_INPUT object is NULL or not counted",
             "#MBEDGUARD_ERR_OVERFLOW too many references",
             "#MBEDGUARD_ERR_ALLOC_FAILED, #MBEDGUARD_ERR_THREADING the count cannot be had"],
            "None that can be waited for.", "Each reference is given back with the free function."),
}


def life_doc(described, what):
    brief, params, returns, lock, own = LIFE[what]
    lines = ["/**", item("@brief", brief), " *"]
    lines += [item("@param[%s] %s" % (d, n), t) for d, n, t in params]
    if what == "init":
        for number, _ in enumerate(described["init_params"]):
            lines.append(item("@param[in] %s" % ("padding", "hash_id", "c", "d")[number],
                              "As for %s()." % described["init"]))
    if what == "free":
        returns = returns + described["free_text"]["returns"]
    lines += [item("@return", t) for t in returns]
    lines.append(paragraph("Locking", lock))
    if own:
        lines.append(paragraph("Ownership", own))
    lines.append(" * @since 0.1")
    upstream = {"init": described["init"], "free": described["free"]}.get(what)
    if upstream:
        lines.append(" * @see %s()" % upstream)
    return "\n".join(lines + [" */"])
