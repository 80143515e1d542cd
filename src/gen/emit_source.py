# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the call-throughs: one C file per unit, every body of the same shape.

take the guards - call Mbed TLS once - let go. No decision is made here: all stands in plan.json.
"""
from emit_callback import callback_storage, trampolines
from names import guarded_name, rank_macro
from out import banner
from signature import declare, prototype, result_type, wrap

MODE = {"exclusive": "MBEDGUARD_EXCLUSIVE", "shared": "MBEDGUARD_SHARED", "use": "MBEDGUARD_USE"}
GLOBAL = {"psa_store": "mbedguard_psa_store", "psa_random": "mbedguard_psa_random",
          "process": "mbedguard_process_guard"}


def how(entry, mode, rank):
    """The constant that tells the core how a guard is taken."""
    words = [MODE[mode], rank_macro(rank)]
    if entry["in_callback"]:
        words.append("MBEDGUARD_IN_CALLBACK")
    if entry["calls_out"]:
        words.append("MBEDGUARD_CALLS_OUT")
    if entry["may_wait"]:
        words.append("MBEDGUARD_MAY_WAIT")
    return " | ".join(words)


AROUND = "MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_STORE | MBEDGUARD_AROUND"
# What is freed has to be wiped, whatever a fork or the end of a thread left of the store.
AROUND_FREE = AROUND + " | MBEDGUARD_EVEN_BROKEN"


def around_guard(item):
    """The store of a call that uses PSA inside; for PSA's generator only if it is given that."""
    if item["for"]:
        return "%s == mbedguard_psa_get_random ? &mbedguard_psa_store : NULL" % item["for"]
    return "&mbedguard_psa_store"


def guarded_params(entry):
    return [p for p in entry["params"] if p["context"] and not p["by_value"]]


def object_expression(param, types):
    """The guarded object behind a parameter: a void * role is cast first."""
    if param["role"]:
        return "((%s *) %s)" % (types[param["context"]]["guarded"], param["name"])
    return param["name"]


def raw_argument(entry, param):
    for callback in entry["callbacks"]:
        if callback["param"] == param["name"]:
            return "%s != NULL ? %s : NULL" % (param["name"], tramp_name(entry, param["name"]))
        if callback["data"] == param["name"]:
            return "&stack_" if callback["storage"] == "stack" else \
                "(void *) %s" % guarded_params(entry)[0]["name"]
    if not param["context"] or param["by_value"]:
        return param["name"]
    raw = param["context"]
    const = "const " if param["const"] and not param["role"] else ""
    if param["role"]:
        return "(void *) %s" % param["name"]
    return "(%s%s *) %s" % (const, raw, param["name"])


def tramp_name(entry, param_name):
    return "call_%s_%s" % (entry["guarded"][len("mbedguard_"):], param_name)


def failure(entry, error):
    """Statements of the failing path, without the final brace."""
    lines = []
    for item in entry["returns"]["out"]:
        name, _, value = item.partition(":")
        lines.append("if (%s != NULL) {" % name)
        lines.append("    *%s = %s;" % (name, value))
        lines.append("}")
    kind = entry["returns"]["kind"]
    if kind in ("error", "void"):
        lines.append("return %s;" % error)
    else:
        lines.append("return %s;" % entry["returns"]["fail"])
    return lines


def indent(lines, by=4):
    return [(" " * by + line) if line and not line.startswith("#") else line for line in lines]


class Body:
    """The body of one call-through, built in the order in which it runs."""

    def __init__(self, entry, plan, names):
        self.entry = entry
        self.names = names
        self.types = names.types
        self.plan = plan
        self.lines = []
        self.undo = []
        params = guarded_params(entry)
        self.lead = None
        if params and self.types[params[0]["context"]]["follow"]:
            self.lead = params[0]
        self.rest = [p for p in params if p is not self.lead]

    def add(self, *lines):
        self.lines.extend(lines)

    def fail_if(self, condition, error):
        self.add("if (%s) {" % condition)
        self.add(*indent(self.undo + failure(self.entry, error)))
        self.add("}")

    def wants(self):
        """(guard expression, how) of everything but the lead, in the order of the parameters."""
        found = []
        if self.lead is not None:
            follow = self.types[self.lead["context"]]["follow"]
            mode = "shared" if self.plan["threads"] else "exclusive"
            found.append(("MBEDGUARD_GUARD_OF(%s(%s))" % (follow, self.lead["name"]),
                          how(self.entry, mode, "config")))
        for param in self.rest:
            found.append(("MBEDGUARD_GUARD_OF(%s)" % object_expression(param, self.types),
                          how(self.entry, param["mode"], param["rank"])))
        for item in self.entry["globals"]:
            if item.get("asks"):
                # Whether it is needed is found out under the other guards.
                found.append(("NULL", "0"))
            elif item.get("around"):
                found.append((around_guard(item), AROUND))
            else:
                found.append(("&%s" % GLOBAL[item["guard"]],
                              how(self.entry, item["mode"], item["rank"])))
        if self.entry["key"]:
            found.append(("NULL", how(self.entry, self.entry["key"]["mode"], "psa_key")))
        return found

    def enter(self):
        wants = self.wants()
        missing = [p["name"] for p in self.rest if not p["optional"]]
        single = self.lead is None and len(wants) == 1 and \
            not (self.rest and self.rest[0]["optional"])
        if not single and missing:
            self.fail_if(" || ".join("MBEDGUARD_MISSING(%s)" % m for m in missing),
                         "MBEDGUARD_ERR_BAD_INPUT")
        if self.lead is not None:
            self.enter_one("MBEDGUARD_GUARD_OF(%s)" % self.lead["name"],
                           how(self.entry, self.lead["mode"], self.lead["rank"]))
        if single:
            self.enter_one(*wants[0])
        elif wants:
            self.enter_set(wants)

    def enter_one(self, expression, way):
        self.add("mbedguard_guard *const guard_ = %s;" % expression,
                 "int error_ = mbedguard_enter(guard_, %s, __func__);" % way)
        self.fail_if("error_ != 0", "error_")
        self.undo.insert(0, "(void) mbedguard_leave(guard_, %s);" % way)
        self.one = way

    def enter_set(self, wants):
        self.add("mbedguard_want set_[] = {")
        self.add(*["    { %s, %s }," % want for want in wants])
        self.add("};")
        enter = "mbedguard_enter_set(set_, %d, __func__)" % len(wants)
        if self.entry["key"]:
            # The store's mode and the key's guard are found out there.
            enter = "mbedguard_psa_enter_key(set_, %d, %s, __func__)" % (
                len(wants), self.entry["key"]["param"])
        asks = [item["asks"] for item in self.entry["globals"] if item.get("asks")]
        if asks:
            enter = "mbedguard_psa_enter_asking(set_, %d, %s, %s, __func__)" % (
                len(wants), asks[0].partition("@")[0],
                object_expression(guarded_params(self.entry)[0], self.types))
        self.add("%s = %s;" % ("error_" if self.lead is not None else "int error_", enter))
        self.fail_if("error_ != 0", "error_")
        self.undo.insert(0, "(void) mbedguard_leave_set(set_, %d);" % len(wants))
        self.count = len(wants)

    def keeps(self):
        """(kept guard expression, kept rank expression, slot, append) of the call."""
        entry, found = self.entry, []
        slots = self.plan["slots"]
        owner = guarded_params(entry)[0]["context"]
        params = {p["name"]: p for p in entry["params"]}
        for keep in entry["keeps"]:
            found.append(("MBEDGUARD_GUARD_OF(%s)" % keep["param"],
                          rank_macro(params[keep["param"]]["rank"]),
                          slots[owner][keep["slot"]], keep["append"]))
        for number, keep in enumerate(entry["keep_calls"]):
            self.add("unsigned rank%d_ = 0;" % number,
                     "mbedguard_guard *const kept%d_ = mbedguard_callback_object("
                     "(void (*)(void)) %s, %s, &rank%d_);"
                     % (number, keep["function"], keep["data"], number))
            found.append(("kept%d_" % number, "rank%d_" % number, slots[owner][keep["slot"]],
                          keep["append"]))
        return found

    def keep_begin(self):
        entry = self.entry
        if not entry["keeps"] and not entry["keep_calls"]:
            return 0
        keeper = guarded_params(entry)[0]
        keeps = self.keeps()
        self.add("mbedguard_keep keep_[%d];" % len(keeps))
        for number, (kept, rank, slot, append) in enumerate(keeps):
            self.add("error_ = mbedguard_keep_begin(&keep_[%d], MBEDGUARD_GUARD_OF(%s), %s, %s, %s, "
                     "%d, %s, __func__);" % (number, keeper["name"], rank_macro(keeper["rank"]),
                                             kept, rank, slot, "false" if append else "true"))
            self.fail_if("error_ != 0", "error_")
            self.undo.insert(0, "mbedguard_keep_abort(&keep_[%d]);" % number)
        return len(keeps)

    def call(self):
        entry = self.entry
        arguments = ", ".join(raw_argument(entry, p) for p in entry["params"])
        call = "(%s)(%s)" % (entry["name"], arguments)
        if entry["returns"]["kind"] == "void":
            self.add("%s;" % call)
            return
        kind = result_type(entry, self.names, True)
        cast = "(%s) " % kind if entry["result"] == "guarded" and "%s" not in kind else ""
        self.add("%s = %s%s;" % (declare(kind, "result_"), cast, call))

    def keep_end(self, count):
        entry, owner = self.entry, guarded_params(self.entry)[0] if count else None
        if count == 0:
            return
        commit = ["mbedguard_keep_commit(&keep_[%d]);" % n for n in range(count)]
        if entry["releases"]:
            first = entry["keeps"][0]["param"]
            commit.append("if (%s == NULL) {" % first)
            for slot in entry["releases"].split("+"):
                commit.append("    mbedguard_keep_release(MBEDGUARD_GUARD_OF(%s), %d);" % (
                    owner["name"], self.plan["slots"][owner["context"]][slot]))
            commit.append("}")
        if entry["returns"]["kind"] == "void":
            self.add(*commit)
            return
        abort = ["mbedguard_keep_abort(&keep_[%d]);" % n for n in reversed(range(count))]
        self.add("if (result_ == 0) {")
        self.add(*indent(commit))
        self.add("} else {")
        self.add(*indent(abort))
        self.add("}")

    def leave(self):
        entry, kind = self.entry, self.entry["returns"]["kind"]
        if hasattr(self, "count"):
            self.add("error_ = mbedguard_leave_set(set_, %d);" % self.count)
        if hasattr(self, "one"):
            if hasattr(self, "count"):
                self.add("if (mbedguard_leave(guard_, %s) != 0) {" % self.one,
                         "    error_ = MBEDGUARD_ERR_THREADING;", "}")
            else:
                self.add("error_ = mbedguard_leave(guard_, %s);" % self.one)
        if kind == "void":
            self.add("return error_;")
            return
        if kind == "error":
            self.add("if (error_ != 0 && result_ >= 0) {", "    result_ = error_;", "}")
        elif kind == "status":
            self.add("if (error_ != 0 && result_ == PSA_SUCCESS) {",
                     "    result_ = PSA_ERROR_SERVICE_FAILURE;", "}")
        else:
            self.add("if (error_ != 0) {", "    result_ = %s;" % entry["returns"]["fail"], "}")
        self.add("return result_;")

    def apart(self):
        """What a function of src/manual may do in place of the call, with no guard held."""
        if not self.entry["apart"]:
            return
        self.add("%s;" % declare(result_type(self.entry, self.names, True), "apart_"))
        self.add("if (%s(%s, &apart_)) {" % (
            self.entry["apart"].partition("@")[0],
            ", ".join(p["name"] for p in self.entry["params"])), "    return apart_;", "}")

    def hook(self, hook, name=""):
        """The call of a function of src/manual on a context: the first, or the one of this name."""
        param = next(p for p in guarded_params(self.entry) if name in ("", p["name"]))
        return "%s(%s)" % (hook.partition("@")[0], object_expression(param, self.types))

    def key_file_begin(self):
        """Other processes stay away from the files of keys. Nothing fails between this and the call."""
        name, _, member = self.entry["key_file"].partition(":")
        if member:
            member = ".MBEDTLS_PRIVATE(%s)" % member
        self.add("const bool file_ = mbedguard_psa_makes_file(&%s->unguarded%s);" % (name, member),
                 "error_ = mbedguard_psa_files_lock(file_);")
        self.fail_if("error_ != 0", "error_")

    def text(self):
        self.apart()
        self.enter()
        if self.entry["first"]:
            # Without threads a call is the raw call.
            self.add("#if !defined(MBEDGUARD_THREADING_NONE)")
        for hook in self.entry["first"]:
            self.add("error_ = %s;" % self.hook(hook, hook.partition(":")[2]))
            self.fail_if("error_ != 0", "error_")
        if self.entry["first"]:
            self.add("#endif")
        if self.entry["release_first"]:
            self.add("error_ = %s == NULL ? %s : 0;" % (
                self.entry["keeps"][0]["param"], self.hook(self.entry["release_first"])))
            self.fail_if("error_ != 0", "error_")
        if any(g["guard"] == "psa_store" and not g.get("asks") and not g.get("for")
               for g in self.entry["globals"]) and not self.entry["key"]:
            self.add("error_ = mbedguard_psa_after_fork%s();"
                     % ("_keys_stay" if self.entry["keys_stay"] else ""))
            self.fail_if("error_ != 0", "error_")
        if self.entry["wants_slots"]:
            self.add("if (!mbedguard_psa_has_slots()) {",
                     *indent(self.undo + ["return PSA_ERROR_BAD_STATE;"]))
            self.add("}")
        keeps = self.keep_begin()
        self.add(*callback_storage(self.entry))
        if self.entry["key_file"]:
            self.key_file_begin()
        if self.entry["ends_key"]:
            self.add("mbedguard_psa_key_ends(%s);" % self.entry["ends_key"])
        self.call()
        if self.entry["key_file"]:
            self.add("mbedguard_psa_files_unlock(file_);")
        if self.entry["new_key"]:
            attributes = next(p for p in guarded_params(self.entry)
                              if p["context"] == "psa_key_attributes_t")
            self.add("if (result_ == PSA_SUCCESS) {",
                     "    mbedguard_psa_key_made(&%s->unguarded, *%s);" % (
                         attributes["name"], self.entry["new_key"]), "}")
        self.keep_end(keeps)
        if self.entry["if_zero"]:
            self.add("if (result_ == 0) {",
                     "    result_ = %s;" % self.hook(self.entry["if_zero"]), "}")
        if self.entry["last"]:
            self.add("%s;" % self.hook(self.entry["last"]))
        self.leave()
        return self.lines


def function_text(entry, plan, names):
    lines = ["/* %s: %s */" % (entry["name"], summary(entry)), wrap(prototype(entry, names)), "{"]
    lines += [wrap(line, indent=" " * 8) for line in indent(Body(entry, plan, names).text())]
    return "\n".join(lines + ["}", ""])


def around_words(item):
    if not item.get("around"):
        return ""
    return " around, if %s" % (item["for"] or "asked for") if item["for"] or item["asks"] else " around"


def summary(entry):
    parts = ["%s %s" % (p["name"], p["mode"]) for p in guarded_params(entry)]
    parts += ["%s %s%s" % (item["guard"], item["mode"], around_words(item))
              for item in entry["globals"]]
    if entry["key"]:
        parts.append("the key %s" % entry["key"]["mode"])
    return ", ".join(parts)


def type_text(described, plan):
    """Init, free, new, ref of one type."""
    raw, guarded, life = described["name"], described["guarded"], described["life"]
    stem = guarded_name(raw)[len("mbedguard_"):]
    lines = ["_Static_assert(offsetof(struct %s, unguarded) == 0, \"raw first\");"
             % described["guarded_tag"],
             wrap("_Static_assert(offsetof(struct %s, guard) + sizeof(mbedguard_guard) == "
                  "sizeof(struct %s), \"guard last\");"
                  % (described["guarded_tag"], described["guarded_tag"])), ""]
    lines += raw_init_text(described, stem) + raw_free_text(described, stem, plan)
    lines += ["static const mbedguard_type type_%s = {" % stem,
              "    .name = \"%s\"," % raw, "    .size = sizeof(%s)," % guarded,
              "    .rank = %s," % rank_macro(described["rank"]),
              "    .raw_init = raw_init_%s," % stem, "    .raw_free = raw_free_%s," % stem]
    if not described["follow"] and (described["psa_inside"] or (
            described["free"] and described["free_returns"] != "void"
            and frees_with_store(described["free"], plan))):
        lines.append("    .around = { &mbedguard_psa_store, %s }," % AROUND_FREE)
        if described["psa_asks"]:
            lines.append("    .wants_around = %s," % described["psa_asks"].partition("@")[0])
    lines += ["};", ""]
    if described["init"] and not described["init_params"]:
        lines += ["int %s(%s *%s)" % (guarded_name(described["init"]), guarded, "object"), "{",
                  "    return mbedguard_object_init(&type_%s, object, __func__);" % stem, "}", ""]
    elif described["init"]:
        lines += init_with_parameters(described, stem, plan)
    elif not described["name"].startswith("psa_"):
        lines += ["int %s_init(%s *object)" % (life, guarded), "{",
                  "    return mbedguard_object_init(&type_%s, object, __func__);" % stem, "}", ""]
    lines += ["int %s_free(%s *object)" % (life, guarded), "{"]
    if described["before_free"]:
        lines += ["    const int error_ = %s(object);" % described["before_free"].partition("@")[0],
                  "    if (error_ != 0) {", "        return error_;", "    }"]
    lines += ["    return mbedguard_object_free(&type_%s, object, __func__);" % stem, "}", "",
              "%s *%s_new(void)" % (guarded, life), "{",
              "    return mbedguard_object_create(&type_%s, __func__);" % stem, "}", "",
              "int %s_ref(%s *object)" % (life, guarded), "{",
              "    return mbedguard_object_ref(&type_%s, object, __func__);" % stem, "}", ""]
    return "\n".join(lines)


def init_with_parameters(described, stem, plan):
    """An init of Mbed TLS that takes more than the context: mbedtls_rsa_init() of 2.28."""
    entry = next(f for f in plan["functions"] if f["name"] == described["init"])
    extra = entry["params"][1:]
    declared = ", ".join(declare(p["type"], p["name"], p["array"]) for p in extra)
    return ["int %s(%s *object, %s)" % (guarded_name(described["init"]), described["guarded"], declared),
            "{",
            "    const int error_ = mbedguard_object_init(&type_%s, object, __func__);" % stem,
            "    if (error_ == 0) {",
            "        (%s)(&object->unguarded, %s);" % (described["init"],
                                                       ", ".join(p["name"] for p in extra)),
            "    }", "    return error_;", "}", ""]


def raw_init_text(described, stem):
    lines = ["static void raw_init_%s(void *object)" % stem, "{",
             "    %s *const self = object;" % described["guarded"]]
    if described["init"]:
        arguments = ", ".join(["&self->unguarded"] + described["init_args"])
        lines.append("    (%s)(%s);" % (described["init"], arguments))
    else:
        lines.append("    memset(&self->unguarded, 0, sizeof self->unguarded);")
    for callback in described["callbacks"]:
        slot = guarded_name(callback)[len("mbedguard_"):]
        lines.append("    memset(&self->%s, 0, sizeof self->%s);" % (slot, slot))
    if described["extra"]:
        member = described["extra"]["member"]
        if described["extra"]["init"]:
            lines.append("    %s(&self->%s);" % (described["extra"]["init"], member))
        else:
            lines.append("    memset(&self->%s, 0, sizeof self->%s);" % (member, member))
    return lines + ["}", ""]


def locked_free(guard, way, call):
    """A raw free under one more guard, or without it where that cannot be had: it must still wipe."""
    return ["    mbedguard_guard *const other = %s;" % guard,
            "    if (other != NULL && mbedguard_enter(other, %s, __func__) == 0) {" % way,
            "        %s" % call, "        (void) mbedguard_leave(other, %s);" % way,
            "    } else {", "        %s" % call, "    }"]


def frees_with_store(name, plan):
    """Whether the abort of an operation takes the store, which comes before the operation."""
    entry = next(f for f in plan["functions"] if f["name"] == name)
    return plan["psa_inside_first"] and any(g["guard"] == "psa_store" for g in entry["globals"])


def free_of_operation(name, call, plan):
    """The abort of a PSA operation, with what it takes beside the operation."""
    entry = next(f for f in plan["functions"] if f["name"] == name)
    for item in [] if frees_with_store(name, plan) else entry["globals"]:
        return locked_free("&" + GLOBAL[item["guard"]],
                           "%s | %s" % (MODE[item["mode"]], rank_macro(item["rank"])), call)
    return ["    %s" % call]


def freed_around_text(stem, described, call):
    """A raw free with the store around it; where that cannot be had it must still wipe."""
    return ["static void free_around_%s(%s *self)" % (stem, described["guarded"]), "{",
            "    const int failed = mbedguard_enter(&mbedguard_psa_store, %s, __func__);" % AROUND_FREE,
            "    %s" % call, "    if (failed == 0) {",
            "        (void) mbedguard_leave(&mbedguard_psa_store, %s);" % AROUND_FREE, "    }", "}", ""]


def raw_free_text(described, stem, plan):
    lines = ["static void raw_free_%s(void *object)" % stem, "{",
             "    %s *const self = object;" % described["guarded"]]
    call = "(%s)(&self->unguarded);" % described["free"]
    if described["follow"]:
        mode = MODE["shared" if plan["threads"] else "exclusive"]
        if described["psa_inside"]:
            # Behind the configuration, in the order of guards: this is a function of its own.
            lines = freed_around_text(stem, described, call) + lines
            call = "free_around_%s(self);" % stem
        lines += locked_free("MBEDGUARD_GUARD_OF(%s(self))" % described["follow"],
                             "%s | MBEDGUARD_RANK_CONFIG | MBEDGUARD_CALLS_OUT" % mode, call)
    elif described["free"] and described["free_returns"] != "void":
        lines += free_of_operation(described["free"], "(void) %s" % call, plan)
    elif described["free"]:
        lines.append("    %s" % call)
    else:
        lines.append("    mbedtls_platform_zeroize(&self->unguarded, sizeof self->unguarded);")
    if described["extra"] and described["extra"]["free"]:
        lines.append("    %s(&self->%s);" % (described["extra"]["free"], described["extra"]["member"]))
    return lines + ["}", ""]


def redeclarations(entries):
    """The compiler checks that the reader understood each prototype."""
    return [wrap(entry["decl"] + ";") for entry in entries
            if not entry["inline"] and entry["decision"] in ("guarded", "global")]


def hooks(entry):
    """What a call-through calls of src/manual, each as FUNCTION@HEADER[:PARAM]."""
    return entry["first"] + [g["asks"] for g in entry["globals"] if g.get("asks")] + [
        entry[word] for word in ("apart", "last", "if_zero", "release_first") if entry[word]]


def unit_text(mirror, plan, names):
    entries = [f for f in plan["functions"] if f["mirror"] == mirror]
    types = [t for t in plan["types"] if t["mirror"] == mirror and not t["bare"]]
    bodies = [f for f in entries if f["decision"] in ("guarded", "global") and not f["life"]
              and not f["returns_context_by_value"]]
    parts = [banner("Call-throughs of mbedguard/%s." % mirror, plan),
             "#if defined(HAVE_CONFIG_H)\n#include \"config.h\"\n#endif\n",
             "#include <string.h>\n", "#include <mbedtls/platform_util.h>\n",
             "#include <mbedguard/%s>\n" % mirror,
             "#include \"core/enter.h\"\n#include \"manual/psa_files.h\"\n"
             "#include \"manual/psa_keys.h\"\n"
             "#include \"manual/psa_store.h\"\n"
             "#include \"callback_object.h\""]
    if any(g.get("for") for f in bodies for g in f["globals"]):
        parts.append("#include <mbedguard/psa_access.h>")
    parts += ["#include \"manual/%s\"" % words for words in sorted(
        {"follow.h" for t in types if t["follow"]}
        | {t["extra"]["header"].rpartition("/")[2] for t in types
           if t["extra"] and t["extra"]["free"]}
        | {t["before_free"].partition("@")[2] for t in types if t["before_free"]}
        | {"psa_inside.h" for f in bodies if any(g.get("asks") for g in f["globals"])}
        | {t["psa_asks"].partition("@")[2] for t in types if t["psa_inside"] and t["psa_asks"]}
        | {hook.partition("@")[2].partition(":")[0] for f in bodies for hook in hooks(f)})]
    parts.append("/* Deprecated functions are passed on with their mark, which must not stop us. */\n"
                 "#if defined(__GNUC__)\n"
                 "#pragma GCC diagnostic ignored \"-Wdeprecated-declarations\"\n#endif\n")
    parts.append("/* The compiler compares what was read with what the header says. */\n"
                 + "\n".join(redeclarations(bodies)) + "\n")
    parts += [type_text(t, plan)
              for t in types + [a for a in plan["alias_types"] if a["mirror"] == mirror]]
    for entry in bodies:
        parts += trampolines(entry, names)
        parts.append(function_text(entry, plan, names))
    return "\n".join(parts)


def empty_unit(unit, plan):
    return (banner("No call-through: this Mbed TLS has no header for '%s'." % unit, plan)
            + "\n/* ISO C wants a translation unit to declare something. */\n"
            + "extern const int mbedguard_unit_%s_is_empty;\n" % unit)


def callback_object_text(plan, names):
    """Tells whether a callback is one of ours, and then whose guard its data has."""
    entries = [f for f in plan["functions"] if f["decision"] in ("guarded", "manual")
               and any(p["role"] for p in f["params"])]
    headers = sorted({f["mirror"] for f in entries})
    lines = [banner("Which callbacks are ours.", plan),
             "#if defined(HAVE_CONFIG_H)\n#include \"config.h\"\n#endif\n"]
    lines += ["#include <mbedguard/%s>" % h for h in headers]
    lines += ["#include \"core/enter.h\"", "#include \"modules/rng/rng_object.h\"",
              "#include \"callback_object.h\"", "",
              "mbedguard_guard *mbedguard_callback_object(void (*function)(void), void *data, "
              "unsigned *rank)", "{"]
    for entry in entries:
        param = next(p for p in entry["params"] if p["role"])
        described = names.types[param["context"]]
        lines += ["    if (function == (void (*)(void)) %s) {" % entry["guarded"],
                  "        *rank = %s;" % rank_macro(described["rank"]),
                  "        return MBEDGUARD_GUARD_OF((%s *) data);" % described["guarded"], "    }"]
    lines += ["    return mbedguard_rng_object(function, data, rank);", "}", ""]
    return "\n".join(lines)


def slots_text(plan):
    """Names for the places in which objects keep something, for hand-written code."""
    lines = [banner("Where objects keep something.", plan),
             "#ifndef MBEDGUARD_SLOTS_H\n#define MBEDGUARD_SLOTS_H\n"]
    for owner, slots in sorted(plan["slots"].items()):
        for slot, number in sorted(slots.items()):
            lines.append("#define MBEDGUARD_SLOT_%s_%s %du" % (
                guarded_name(owner)[len("mbedguard_"):].upper(), slot.upper(), number))
    return "\n".join(lines + ["", "#endif /* MBEDGUARD_SLOTS_H */", ""])


CALLBACK_OBJECT_HEADER = """
/* Which callbacks are ours: tells a kept object by the function that goes with it. */
#ifndef MBEDGUARD_CALLBACK_OBJECT_H
#define MBEDGUARD_CALLBACK_OBJECT_H

#include <mbedguard/guard.h>

/* The guard of `data` if `function` is a guarded callback of ours, with its rank; else NULL. */
mbedguard_guard *mbedguard_callback_object(void (*function)(void), void *data, unsigned *rank);

#endif
"""
