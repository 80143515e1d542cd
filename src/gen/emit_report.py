# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Emits the thread table: one row for every public function, and totals."""
import json

DECISIONS = ("guarded", "manual", "global", "plain", "excluded")


def row(entry):
    objects = []
    if entry["life"] != "init" and entry["decision"] != "excluded":
        objects = [{"object": p["name"], "type": p["context"], "mode": p["mode"],
                    "optional": p["optional"]}
                   for p in entry["params"] if p["context"] and not p["by_value"] and p["mode"]]
        objects += [{"object": g["guard"], "type": "process", "mode": g["mode"],
                     "optional": bool(g.get("asks") or g.get("for"))}
                    for g in entry["globals"]]
        if entry["key"]:
            objects.append({"object": entry["key"]["param"], "type": "key",
                            "mode": entry["key"]["mode"], "optional": True})
    keeps = [k["param"] for k in entry["keeps"]] + [k["data"] for k in entry["keep_calls"]]
    return {"function": entry["name"], "guarded": entry["guarded"], "header": entry["header"],
            "decision": entry["decision"], "objects": objects, "may_block": entry["may_wait"],
            "may_block_outside": entry["waits_outside"],
            "calls_back": entry["calls_out"], "in_callback": entry["in_callback"],
            "keeps": list(dict.fromkeys(keeps)), "fails_with": failure(entry),
            "reason": entry["reason"], "source": entry["source"]}


def failure(entry):
    kind = entry["returns"]["kind"]
    return {"error": "MBEDGUARD_ERR_*", "void": "MBEDGUARD_ERR_*",
            "status": "PSA_ERROR_SERVICE_FAILURE"}.get(kind, entry["returns"]["fail"])


def totals(plan):
    rows = [("functions", len(plan["functions"]))]
    rows += [(d, sum(f["decision"] == d for f in plan["functions"])) for d in DECISIONS]
    rows.append(("undecided", sum(f["decision"] not in DECISIONS for f in plan["functions"])))
    rows.append(("types", sum(not t["bare"] for t in plan["types"]) + len(plan["alias_types"])))
    return rows


def report_json(plan):
    return json.dumps({"mbedtls": plan["version"]["string"], "config_hash": plan["config_hash"],
                       "threads": plan["threads"], "totals": dict(totals(plan)),
                       "functions": [row(f) for f in plan["functions"]]},
                      indent=1, sort_keys=True) + "\n"


def report_text(plan):
    lines = []
    for entry in plan["functions"]:
        r = row(entry)
        what = ", ".join("%s %s" % (o["object"], o["mode"]) for o in r["objects"]) or "-"
        marks = [word for word, on in (("may-block", r["may_block"]),
                                       ("may-block-outside", r["may_block_outside"]),
                                       ("calls-back", r["calls_back"]),
                                       ("in-callback", r["in_callback"])) if on]
        marks += ["keeps %s" % ", ".join(r["keeps"])] if r["keeps"] else []
        lines.append("%-52s %-9s %s%s%s" % (r["function"], r["decision"], what,
                                            " [%s]" % "; ".join(marks) if marks else "",
                                            " -- %s" % r["reason"] if r["reason"] else ""))
    lines.append("")
    lines += ["%s %d" % pair for pair in totals(plan)]
    return "\n".join(lines) + "\n"
