#!/usr/bin/env python3
"""Checks that the files of deploy/ agree with the program and with each other.

Every setting they name (ROSTER_… variables, keys of TOML) is one that the program knows; secrets are given as files;
ports, user and health check are the same everywhere. Called by scripts/check-deploy.
"""

import pathlib
import re
import sys
import tomllib

import yaml

here = pathlib.Path(__file__).parent
defaults = (here.parent / "src/config/config.default.toml").read_text()
faults = []


def expect(holds, what):
    if not holds:
        faults.append(what)


def known_keys():
    """section.key of each setting in the default file, also of those that are commented out for want of a default."""
    keys, section = set(), None
    for line in defaults.splitlines():
        if found := re.fullmatch(r"\[([a-z_]+)\]", line.strip()):
            section = found[1]
        elif section and (found := re.match(r"(?:# )?([a-z][a-z0-9_]*) =", line)):
            keys.add(f"{section}.{found[1]}")
    return keys


KNOWN = known_keys()
SECRET = {"database.url", "secrets.master_key", "mail.smtp_password"}


def check_toml(name, text):
    for section, keys in tomllib.loads(text).items():
        for key in keys:
            expect(f"{section}.{key}" in KNOWN, f"{name}: {section}.{key} is no setting of roster")
            expect(f"{section}.{key}" not in SECRET, f"{name}: {section}.{key} is a secret and must come from a file")
    # What is commented out must at least be spelled right.
    for key in re.findall(r"^# ([a-z_]+) =", text, re.MULTILINE):
        expect(any(known.endswith("." + key) for known in KNOWN), f"{name}: the commented {key} is no setting of roster")


def check_variables(name, text):
    for variable in sorted(set(re.findall(r"ROSTER_[A-Z0-9_]+", text)) - {"ROSTER_CONFIG"}):
        key = variable.removeprefix("ROSTER_").lower().replace("__", ".", 1)
        if key.removesuffix("_file") in SECRET:
            expect(key.endswith("_file"), f"{name}: {variable} holds a secret, give {variable}_FILE")
            key = key.removesuffix("_file")
        expect(key in KNOWN, f"{name}: {variable} ({key}) is no setting of roster")


expect(len(KNOWN) > 20, f"only {len(KNOWN)} settings were found in the default file; has its form changed?")
expect(SECRET <= KNOWN, f"not in the default file: {SECRET - KNOWN}")

texts = {}
for path in sorted(here.rglob("*")):
    if path.is_file() and "secrets" not in path.relative_to(here).parts and path != pathlib.Path(__file__):
        texts[str(path.relative_to(here))] = path.read_text()
for name, text in texts.items():
    check_variables(name, text)
check_toml("roster.toml", texts["roster.toml"])

objects = list(yaml.safe_load_all(texts["k8s/roster.yaml"]))
by_kind = {o["kind"]: o for o in objects if o["metadata"]["name"] == "roster"}
check_toml("k8s/roster.yaml", by_kind["ConfigMap"]["data"]["roster.toml"])
pod = by_kind["Deployment"]["spec"]["template"]["spec"]
expect(pod["securityContext"]["runAsUser"] == 65532, "k8s: the user is not the image's")
expect(by_kind["Deployment"]["spec"]["replicas"] > by_kind["PodDisruptionBudget"]["spec"]["minAvailable"],
       "k8s: the disruption budget lets no pod go")
for container in pod["containers"] + pod["initContainers"]:
    context = container["securityContext"]
    expect(context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
           and context["capabilities"]["drop"] == ["ALL"], f"k8s: {container['name']} is not restricted")
mounted = set(by_kind["Secret"]["stringData"])
expect(mounted == {"master_key", "database_url"}, f"k8s: the Secret holds {mounted}")

compose = yaml.safe_load(texts["compose.yaml"])
for name, service in compose["services"].items():
    expect(service.get("read_only") is True, f"compose: {name} may write to its root")
    expect(service.get("cap_drop") == ["ALL"], f"compose: {name} keeps capabilities")
    expect("no-new-privileges:true" in service.get("security_opt", []), f"compose: {name} may gain privileges")
    expect("healthcheck" in service, f"compose: {name} has no health check")
    expect(service.get("user", "0").split(":")[0] != "0", f"compose: {name} runs as root")
    for port in service.get("ports", []):
        expect(port.startswith("127.0.0.1:"), f"compose: {name} is open to the network at {port}")
    for secret in service.get("secrets", []):
        expect(secret in compose["secrets"], f"compose: {name} wants the unknown secret {secret}")
for secret, source in compose["secrets"].items():
    made = pathlib.Path(source["file"]).name
    expect(f"put {made} " in texts["make-secrets"], f"make-secrets does not make {made}")

dockerfile = texts["Dockerfile"]
expect("USER 65532:65532" in dockerfile, "Dockerfile: the user is not 65532")
for port in ("50051", "8080"):
    expect(re.search(rf"EXPOSE.*\b{port}\b", dockerfile), f"Dockerfile: {port} is not exposed")
rust = tomllib.loads((here.parent / "Cargo.toml").read_text())["package"]["rust-version"]
expect(f"FROM rust:{rust}" in dockerfile, f"Dockerfile: does not build with Rust {rust} of Cargo.toml")
version = tomllib.loads((here.parent / "Cargo.toml").read_text())["package"]["version"]
expect(f"ARG VERSION={version}" in dockerfile, f"Dockerfile: is not of version {version}")
expect(f"roster:{version}" in texts["compose.yaml"] and f"roster:{version}" in texts["k8s/roster.yaml"],
       f"an image is not of version {version}")

# SQL that is run by hand must still fit the tables.
migrations = "".join(path.read_text() for path in (here.parent / "src/store/migration").glob("*.rs"))
for table, column in re.findall(r"^(?:UPDATE|DELETE FROM) (\w+)(?: SET (\w+))?", texts["after-restore.sql"], re.MULTILINE):
    made = re.search(rf'"{table}"(.*?)to_owned\(\)', migrations, re.DOTALL)
    expect(made, f"after-restore.sql: no migration makes the table {table}")
    expect(not made or not column or f'"{column}"' in made[1], f"after-restore.sql: {table} has no column {column}")

for fault in faults:
    print(fault, file=sys.stderr)
print(f"{len(KNOWN)} settings known, {len(texts)} files read")
sys.exit(1 if faults else 0)
