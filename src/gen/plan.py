# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Decides: api.json and the policy in, plan.json with one decision for every function out.

Everything that can be wrong with a decision is found here, and each message names the function and
the policy line to add.
"""
import re

from check import callback_faults, guard_faults, name_faults, shape_faults, type_faults
from inside import psa_inside, store_around, uses_psa
from names import guarded_name, guarded_tag, life_name, mirror_header, unit_of
from policy import MODES, RANKS
from shapes import callback_contexts, context_of, doc_parameters, is_error_code, null_in_doc

GLOBAL_GUARDS = {"psa_store": "psa_store", "psa_random": "rng", "process": "process"}


class PlanError(Exception):
    """All the faults found, one message each."""

    def __init__(self, messages):
        Exception.__init__(self, "\n".join(messages))
        self.messages = messages


class Planner:
    """Turns an api and a policy into a plan."""

    def __init__(self, api, policy, exported=None):
        self.api = api
        self.policy = policy
        self.exported = exported
        self.types = {t["name"]: t for t in api["types"]}
        self.functions = {f["name"]: f for f in api["functions"]}
        self.errors = []
        self.contexts = {}
        self.alias_types = []
        self.aliases = {}
        self.roles = {}
        self.threads = "MBEDTLS_THREADING_C" in api["config"]
        self.inside = psa_inside(api, self.threads)

    def error(self, name, text, remedy):
        self.errors.append("%s: %s; add to src/gen/policy: %s" % (name, text, remedy))

    # --- types -----------------------------------------------------------------------------------

    def lives(self):
        """Init and free functions of each type, found by their shape (rule R1)."""
        inits, frees = {}, {}
        for function in self.api["functions"]:
            name, params = function["name"], function["params"]
            if not params or params[0]["type"]["pointer"] != 1 or params[0]["type"]["const"]:
                continue
            type_name = params[0]["type"]["base"]
            declared = self.types.get(params[0]["type"]["resolved"])
            if declared is None or declared["kind"] != "struct" or not declared["complete"]:
                continue
            if name.endswith("_init") and function["returns"]["text"] == "void":
                inits.setdefault(type_name, function)
            if len(params) == 1 and (name.endswith(("_free", "_abort"))
                                     or name == "psa_reset_key_attributes"):
                frees.setdefault(type_name, function)
        return inits, frees

    def plan_types(self):
        inits, frees = self.lives()
        for name, declared in sorted(self.types.items()):
            attributes, reasons = self.policy.ask("type", name, self.api)
            if declared["kind"] == "alias":
                continue
            if attributes.get("not-context") or self.skipped(declared["header"]):
                continue
            if declared["kind"] != "struct" or not declared["complete"]:
                continue
            if name not in inits and name not in frees and not attributes.get("bare"):
                continue
            self.contexts[name] = self.plan_type(name, declared, attributes, reasons,
                                                 inits.get(name), frees.get(name))
        for name, declared in sorted(self.types.items()):
            if declared["kind"] == "alias" and declared["target"] is not None \
                    and declared["target"]["pointer"] == 0 \
                    and declared["target"]["resolved"] in self.contexts:
                self.aliases[name] = declared["target"]["resolved"]
                if name in inits or name in frees:
                    self.alias_types.append(self.plan_alias(name, declared, inits, frees))

    def present(self, function):
        """The function, if the library has it."""
        if function is None or self.exported is None or function["inline"] \
                or function["name"] in self.exported:
            return function
        return None

    def plan_alias(self, name, declared, inits, frees):
        """A typedef of a context that has an init and a free of its own: ecdsa_context."""
        target = self.contexts[declared["target"]["resolved"]]
        init, free = inits.get(name), frees.get(name)
        return dict(target, name=name, header=declared["header"],
                    mirror=mirror_header(declared["header"]),
                    life=life_name(name, free["name"] if free else None),
                    init=init["name"] if init else None, free=free["name"] if free else None,
                    free_returns=free["returns"]["text"] if free else None)

    def plan_type(self, name, declared, attributes, reasons, init, free):
        bare = bool(attributes.get("bare"))
        rank = attributes.get("rank")
        life = life_name(name, free["name"] if free else None)
        # A module that is switched off: the type is declared, and nothing can be in its objects.
        init, free = self.present(init), self.present(free)
        header = attributes.get("home", declared["header"])
        described = {
            "name": name, "tag": declared["tag"], "guarded": guarded_name(name),
            "guarded_tag": guarded_tag(name, declared["tag"]), "header": declared["header"],
            "home": attributes.get("home"), "mirror": mirror_header(header), "rank": rank,
            "bare": bare,
            "life": life,
            "init": init["name"] if init else None, "free": free["name"] if free else None,
            "init_args": attributes.get("init-args", "").split(",") if "init-args" in attributes
                         else [],
            "init_params": [p["type"]["text"] for p in init["params"][1:]] if init else [],
            "free_returns": free["returns"]["text"] if free else None,
            "follow": attributes.get("follow"), "extra": extra_member(attributes.get("extra")),
            "before_free": attributes.get("before-free", ""),
            "fields": self.members(name, declared),
            "reason": reasons[0][2] if reasons else "", "callbacks": [],
            "doc": declared["doc"],
            "psa_inside": uses_psa(attributes, self.inside),
            "psa_asks": attributes.get("psa-asks", ""),
        }
        for fault in type_faults(described):
            self.error(*fault)
        return described

    def members(self, name, declared):
        """Members of the raw type, each with what a program calls instead of reading it."""
        found = []
        for field in declared["fields"]:
            if field["within"] or not field["name"]:
                continue
            plain = re.sub(r"^private_", "", field["name"])
            attributes, _ = self.policy.ask("member", "%s.%s" % (name, plain), self.api)
            found.append({"name": field["name"], "use": attributes.get("use", "")})
        return found

    # --- functions -------------------------------------------------------------------------------

    def plan_function(self, function):
        name = function["name"]
        attributes, reasons = self.policy.ask(
            "call", name, self.api, function["inline"],
            [p["name"] or "p%d" % n for n, p in enumerate(function["params"])])
        entry = {
            "name": name, "guarded": guarded_name(name), "header": function["header"],
            "mirror": mirror_header(function["header"]), "unit": unit_of(function["header"]),
            "line": function["line"], "inline": function["inline"],
            "deprecated": function["deprecated"], "must_check": function["must_check"],
            "doc": function["doc"], "decl": function["decl"],
            "function_typedef": function["function_typedef"],
            "reason": reasons[0][2] if reasons else "", "source": reasons[0][1] if reasons else "",
            "in_callback": bool(attributes.get("in-callback")),
            "may_wait": bool(attributes.get("may-wait")),
            "waits_outside": bool(attributes.get("waits-outside")),
            "result": attributes.get("result", ""), "note": attributes.get("doc", ""),
            "raw_callbacks": bool(attributes.get("raw")), "first": attributes.get("first", []),
            "last": attributes.get("last", ""), "if_zero": attributes.get("if-zero", ""),
            "apart": attributes.get("apart", ""),
        }
        self.plan_params(entry, function, attributes)
        self.plan_returns(entry, function, attributes)
        entry["decision"] = self.decide(entry, function, attributes)
        self.plan_guards(entry, function, attributes)
        self.plan_keeps(entry, attributes)
        self.plan_callbacks(entry, attributes)
        for fault in shape_faults(entry, function, attributes):
            self.error(*fault)
        for fault in callback_faults(entry, self.contexts):
            self.error(*fault)
        for fault in guard_faults(entry, attributes, lambda word: self.policy.place(
                "call", name, word, self.api, function["inline"])):
            self.error(*fault)
        return entry

    def plan_params(self, entry, function, attributes):
        roles = dict(item.split(":") for item in attributes.get("role", []))
        entry["params"] = []
        docs = doc_parameters(function["doc"])
        for position, param in enumerate(function["params"]):
            name = param["name"] or "p%d" % position
            context = context_of(param["type"], self.contexts)
            role = roles.pop(name, None) or roles.pop(str(position), None)
            if role is not None and role not in self.contexts:
                self.error(entry["name"], "role of '%s' is no context type: %s" % (name, role),
                           "call %s role=%s:TYPE -- reason" % (entry["name"], name))
                role = None
            if context is not None and self.contexts[context]["bare"]:
                context = None
            if role is not None and self.contexts[role]["bare"]:
                role = None
            entry["params"].append({
                "name": name, "type": param["type"]["text"], "array": param["array"],
                "context": context or role, "role": role is not None,
                "const": param["type"]["const"], "pointer": param["type"]["pointer"],
                "by_value": context is not None and param["type"]["pointer"] == 0
                            and not param["array"],
                "callback": param["type"]["function"] is not None,
                "callback_contexts": callback_contexts(param["type"], self.contexts),
                "function": param["type"]["function"], "doc": docs.get(name, ""),
                "optional": False, "mode": None,
            })
        for name in roles:
            if name.isdigit():
                self.error(entry["name"], "role names no parameter: %s" % name, "a corrected line")

    def plan_returns(self, entry, function, attributes):
        returns = function["returns"]
        fail = attributes.get("fail")
        context = returns["resolved"] if returns["resolved"] in self.contexts else None
        if returns["text"] == "void":
            kind, fail = "void", None
        elif returns["text"] == "psa_status_t":
            kind, fail = "status", "PSA_ERROR_SERVICE_FAILURE"
        elif fail == "error" or (returns["text"] == "int" and fail is None
                                 and is_error_code(function["doc"])):
            kind, fail = "error", None
        else:
            kind = "value"
        entry["returns"] = {"type": returns["text"], "kind": kind, "fail": fail,
                            "context": context, "pointer": returns["pointer"],
                            "out": attributes.get("out", []) + psa_outputs(function)}

    def decide(self, entry, function, attributes):
        decision = attributes.get("decision")
        if self.present(function) is None:
            entry["reason"] = "declared, but not in the library: its module is switched off"
            return "excluded"
        if decision is not None:
            return decision
        if self.skipped(function["header"]):
            entry["reason"] = "in a header that is left alone (see the policy)"
            return "excluded"
        if attributes.get("guard", "none") != "none":
            return "global"
        if uses_psa(attributes, self.inside) and not any(p["context"] for p in entry["params"]):
            return "global"
        if any(p["context"] for p in entry["params"]) or \
                (entry["returns"]["context"] and entry["returns"]["pointer"] == 0):
            return "guarded"
        if attributes.get("may-wait"):
            return "guarded"
        return "plain"

    def skipped(self, header):
        return bool(self.policy.ask("header", header, self.api)[0].get("skip"))

    def mode_of(self, param, attributes):
        mode = None
        for item in attributes.get("mode", []):
            word, _, who = item.partition(":")
            if who in ("", param["name"]) and (mode is None or who):
                mode = word
        return self.mode_here(mode)

    def mode_here(self, mode):
        """What a mode, or none, means for this configuration."""
        mode = mode or "exclusive"
        if mode.endswith("-if-locked"):
            mode = mode[:-len("-if-locked")] if self.threads else "exclusive"
        return mode

    def plan_keys(self, entry, attributes):
        """Which key of the PSA store a call uses, makes or ends."""
        entry["key"], entry["new_key"] = None, attributes.get("new-key", "")
        entry["ends_key"] = attributes.get("ends-key", "")
        entry["key_file"] = attributes.get("key-file", "")
        if "key" in attributes:
            name, _, mode = attributes["key"].partition(":")
            entry["key"] = {"param": name, "mode": mode or "exclusive"}
        if entry["new_key"] and not any(p["context"] == "psa_key_attributes_t"
                                        for p in entry["params"]):
            self.error(entry["name"], "'new-key' without attributes", "a corrected line")
        if not any(g["guard"] == "psa_store" for g in entry["globals"]):
            for word in ("key", "new-key", "ends-key", "key-file"):
                if word in attributes:
                    self.error(entry["name"], "'%s' without the PSA store" % word,
                               "call %s guard=psa_store -- reason" % entry["name"])

    def plan_guards(self, entry, function, attributes):
        entry["calls_out"] = not attributes.get("quiet") and \
            (bool(attributes.get("calls-out")) or any(p["callback"] for p in entry["params"]))
        entry["keys_stay"] = bool(attributes.get("keys-stay"))
        entry["wants_slots"] = bool(attributes.get("wants-slots"))
        entry["globals"] = []
        for item in attributes.get("guard", "none").split("+"):
            guard, _, mode = item.partition(":")
            if guard in GLOBAL_GUARDS and mode in ("",) + MODES:
                entry["globals"].append({"guard": guard, "rank": GLOBAL_GUARDS[guard],
                                         "mode": self.mode_here(mode)})
            elif item != "none":
                self.error(entry["name"], "unknown guard '%s'" % item, "a corrected line")
        self.plan_keys(entry, attributes)
        entry["globals"] += store_around(entry, attributes, self.inside)
        optional, required = attributes.get("null", []), attributes.get("nonnull", [])
        for param in entry["params"]:
            if not param["context"] or param["by_value"]:
                continue
            param["mode"] = self.mode_of(param, attributes)
            param["rank"] = self.contexts[param["context"]]["rank"]
            said = null_in_doc(param["doc"])
            if param["name"] in optional and param["name"] in required:
                self.error(entry["name"], "'%s' is both null and nonnull" % param["name"],
                           "a corrected line")
            elif param["name"] in optional:
                param["optional"] = True
            elif param["name"] in required:
                param["optional"] = False
            elif said == "optional":
                param["optional"] = True
            elif said == "unclear" and entry["decision"] in ("guarded", "global") \
                    and entry["name"] != self.contexts[param["context"]]["free"]:
                self.error(entry["name"], "its documentation speaks of NULL for '%s'"
                           % param["name"], "call %s null=%s (or nonnull=%s) -- reason"
                           % (entry["name"], param["name"], param["name"]))
        context = entry["params"][0]["context"] if entry["params"] else None
        if context and entry["decision"] == "guarded":
            base = function["params"][0]["type"]["base"]
            described = next((a for a in self.alias_types if a["name"] == base),
                             self.contexts[context])
            if entry["name"] == described["init"]:
                entry["life"] = "init"
            elif entry["name"] == described["free"] and described["free_returns"] == "void" \
                    and not entry["name"].startswith("psa_"):
                entry["life"] = "free"
        entry.setdefault("life", "")
        entry["returns_context_by_value"] = bool(entry["returns"]["context"]) \
            and entry["returns"]["pointer"] == 0

    def plan_keeps(self, entry, attributes):
        entry["keeps"], entry["keep_calls"] = [], []
        params = {p["name"]: p for p in entry["params"]}
        for item in attributes.get("keep", []):
            name, _, rest = item.partition(":")
            slot, _, how = rest.partition(":")
            param = params.get(name)
            if param is None or not param["context"]:
                self.error(entry["name"], "keeps '%s', which is no context parameter" % name,
                           "a corrected line")
                continue
            keeper = next(p for p in entry["params"] if p["context"])
            if not ascends(keeper.get("rank"), param.get("rank")):
                self.error(entry["name"], "keeps '%s', which does not rank above its keeper" % name,
                           "type %s rank=... (higher) -- reason" % param["context"])
            entry["keeps"].append({"param": name, "slot": slot, "append": how == "append"})
        for item in attributes.get("keep-call", []):
            words = item.split(":")
            entry["keep_calls"].append({"function": words[0], "data": words[1], "slot": words[2],
                                        "append": words[3:] == ["append"]})
        entry["releases"] = attributes.get("release", "")
        entry["release_first"] = attributes.get("release-first", "")

    def plan_callbacks(self, entry, attributes):
        entry["callbacks"] = []
        for item in attributes.get("callback", []):
            words = item.split(":") + [None]
            entry["callbacks"].append({"param": words[0], "kind": words[1], "storage": words[2],
                                       "data": words[3]})
        if "signature" in attributes:
            entry["signature"] = attributes["signature"]

    # --- the whole -------------------------------------------------------------------------------

    def plan(self):
        self.plan_types()
        entries = [self.plan_function(f) for f in self.api["functions"]]
        for entry in entries:
            self.attach_callbacks(entry)
        plan = {
            "version": self.api["version"], "config_hash": self.api["config_hash"],
            "threads": self.threads, "psa_inside_first": bool(self.inside - {"generator"}),
            "headers": [dict(h, public=h["public"] and not self.skipped(h["name"]))
                        for h in self.api["headers"]],
            "types": [self.contexts[n] for n in sorted(self.contexts)],
            "type_aliases": self.aliases, "alias_types": self.alias_types,
            "alias_homes": {a: mirror_header(self.types[a]["header"]) for a in self.aliases},
            "functions": entries,
            "callback_types": self.callback_types(),
            "slots": self.slots(entries),
            "access": self.access_headers(),
            "codes": self.code_headers(),
            "switched": self.switched_names(),
            "includes": self.mirror_includes(),
            "names": self.plain_names(),
            "initializers": self.initializers(),
            "variables": self.plan_variables(),
        }
        self.check_whole(plan)
        return plan

    def check_whole(self, plan):
        for fault in name_faults(dict(plan, types_by_name=self.contexts)):
            self.error(*fault)
        for where, key, name in self.policy.unknown_parameters():
            self.errors.append("%s: '%s' names '%s', which no function of the line has as a parameter"
                               % (where, key, name))
        for entry in plan["functions"]:
            for slot in filter(None, entry["releases"].split("+")):
                owner = next((p["context"] for p in entry["params"] if p["context"]), None)
                if slot not in plan["slots"].get(owner, {}):
                    self.error(entry["name"], "releases '%s', where nothing is kept" % slot,
                               "call %s release=SLOT -- reason" % entry["name"])
            if entry["release_first"] and not entry["releases"]:
                self.error(entry["name"], "asks before it releases, but releases nothing",
                           "call %s release=SLOT -- reason" % entry["name"])
        if self.errors:
            raise PlanError(sorted(self.errors))

    def slots(self, entries):
        """Numbers for the places in which each keeper type keeps something; 0 means all."""
        names = {}
        for entry in entries:
            owner = next((p["context"] for p in entry["params"] if p["context"]), None)
            for keep in entry["keeps"] + entry["keep_calls"]:
                names.setdefault(owner, set()).add(keep["slot"])
        return {owner: {slot: number for number, slot in enumerate(sorted(slots), 1)}
                for owner, slots in names.items()}

    def mirror_includes(self):
        """Which mirror headers a mirror header brings, as the headers of Mbed TLS bring each other."""
        public = {h["name"] for h in self.api["headers"]
                  if h["public"] and not self.skipped(h["name"])}
        found = {}
        for header in self.api["headers"]:
            if header["name"] in public:
                mine = found.setdefault(mirror_header(header["name"]), set())
                mine.update(mirror_header(name) for name in header["includes"] if name in public)
        return {mirror: sorted(others - {mirror}) for mirror, others in found.items()}

    def access_headers(self):
        """Hand-written headers that a mirror header includes at its end."""
        found = {}
        for header in self.api["headers"]:
            attributes, _ = self.policy.ask("header", header["name"], self.api)
            if "access" in attributes:
                found[mirror_header(header["name"])] = attributes["access"]
        return found

    def code_headers(self):
        """Headers that are left alone, by the file through which their error codes are had."""
        found = {}
        for header in self.api["headers"]:
            attributes, _ = self.policy.ask("header", header["name"], self.api)
            if "codes" in attributes:
                found[attributes["codes"]] = header["name"]
        return found

    def switched_names(self):
        """Names of headers that are left alone, for which there are hand-written ones of ours."""
        found = set()
        for header in self.api["headers"]:
            attributes, _ = self.policy.ask("header", header["name"], self.api)
            found.update(attributes.get("switch", []))
        return sorted(found)

    def attach_callbacks(self, entry):
        if any(c["storage"] == "slot" for c in entry["callbacks"]) \
                and entry["decision"] == "guarded":
            owner = next(p["context"] for p in entry["params"] if p["context"])
            self.contexts[owner]["callbacks"].append(entry["name"])

    def callback_types(self):
        """Callback typedefs that mention a context: the guarded header declares its own."""
        found = []
        for name, declared in sorted(self.types.items()):
            shape = declared.get("function")
            if declared["kind"] == "alias" and declared["target"] is not None:
                shape = declared["target"]["function"]
            if shape is None:
                continue
            mentioned = callback_contexts({"function": shape}, self.contexts)
            if [m for m in mentioned if not self.contexts[m]["bare"]]:
                found.append({"name": name, "guarded": guarded_name(name),
                              "mirror": mirror_header(declared["header"]), "function": shape,
                              "pointer": declared["kind"] == "alias"})
        return found

    def plain_names(self):
        """Names that need no guard, but for functions: types, tags, macros. The guarded name is an alias."""
        taken = {c["name"] for c in self.callback_types()} | set(self.aliases)
        taken |= {n for n, c in self.contexts.items() if not c["bare"]}
        public = {h["name"] for h in self.api["headers"]
                  if h["public"] and not self.skipped(h["name"])}
        found = []
        for name, declared in sorted(self.types.items()):
            kind, _, bare_name = name.rpartition(" ")
            if name in taken or declared["header"] not in public:
                continue
            found.append((bare_name, "tag" if kind else "type", declared["header"]))
            if declared["tag"] and declared["tag"] != name:
                found.append((declared["tag"], "tag", declared["header"]))
        for macro in self.api["macros"]:
            if macro["header"] in public:
                found.append((macro["name"], "macro", macro["header"]))
        names, seen = [], {f["name"] for f in self.api["functions"]}
        for name, kind, header in found:
            if name.startswith(("mbedtls_", "psa_")) and name not in seen:
                seen.add(name)
                names.append({"name": name, "guarded": guarded_name(name), "kind": kind,
                              "mirror": mirror_header(header)})
        return names

    def initializers(self):
        """Macros such as PSA_HASH_OPERATION_INIT that initialise a context."""
        found = []
        named_for = {re.sub(r"_t$", "", n).upper() + "_INIT": n for n in self.contexts}
        for macro in self.api["macros"]:
            attributes, _ = self.policy.ask("macro", macro["name"], self.api)
            if macro["params"] is not None:
                continue
            if "initializer" not in attributes:
                if macro["name"] in named_for:
                    self.error(macro["name"], "initialises a context, as its name says",
                               "macro %s initializer=%s -- reason"
                               % (macro["name"], named_for[macro["name"]]))
                continue
            if attributes["initializer"] in self.contexts:
                found.append({"name": macro["name"], "guarded": "MBEDGUARD_" + macro["name"],
                              "type": attributes["initializer"], "value": macro["value"],
                              "mirror": mirror_header(macro["header"])})
        return found

    def plan_variables(self):
        found = []
        for variable in self.api["variables"]:
            attributes, _ = self.policy.ask("variable", variable["name"], self.api)
            decision = attributes.get("decision", "plain")
            if self.skipped(variable["header"]):
                decision = "excluded"
            found.append({"name": variable["name"], "guarded": guarded_name(variable["name"]),
                          "mirror": mirror_header(variable["header"]), "decision": decision})
        return found


def extra_member(text):
    """TYPE:MEMBER:HEADER[:FREE[:INIT]]: what stands between the raw object and its guard."""
    if not text:
        return None
    words = text.split(":") + ["", ""]
    return {"type": words[0], "member": words[1], "header": words[2], "free": words[3],
            "init": words[4]}


def psa_outputs(function):
    """What PSA sets on failure: lengths to 0, identifiers to null."""
    if function["returns"]["text"] != "psa_status_t":
        return []
    found = []
    for param in function["params"]:
        if param["type"]["text"] == "size_t *" and param["name"].endswith("_length"):
            found.append("%s:0" % param["name"])
        if param["type"]["text"] in ("mbedtls_svc_key_id_t *", "psa_key_id_t *",
                                     "psa_key_handle_t *"):
            found.append("%s:MBEDTLS_SVC_KEY_ID_INIT" % param["name"])
    return found


def ascends(keeper_rank, kept_rank):
    """Whether a keeper comes before what it keeps; generators may keep generators."""
    if keeper_rank is None or kept_rank is None:
        return True     # a missing rank is an error of its own
    return RANKS.index(kept_rank) > RANKS.index(keeper_rank) or keeper_rank == kept_rank == "rng"


def make_plan(api, policy, exported=None):
    return Planner(api, policy, exported).plan()
