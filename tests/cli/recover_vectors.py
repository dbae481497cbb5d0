"""Runs the second reader, docs/recover.py, over the vectors: prints NAME<TAB>EXPECTED<TAB>GOT for each that it can be asked."""
import hashlib, importlib.util, os, pathlib, shutil, sys, tempfile

RECOVER, VECTORS = sys.argv[1:]
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("recover", RECOVER)
recover = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recover)


def parse(data):
    head, _, rest = data.partition(b"\n\n")
    headers = dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in head.decode().split("\n"))
    sections = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        _, what, path = line.decode().split(" ", 2)
        if what.isdigit():
            sections.append(("file", path, rest[: int(what)]))
            rest = rest[int(what) + 1 :]
        elif what.startswith("fill:"):
            sections.append(("file", path, b"x" * int(what[5:])))
        elif what.startswith("line:"):
            sections.append(("file", path, b"x" * int(what[5:]) + b"\n"))
        else:
            sections.append((what, path, b""))
    return headers, sections


def lay(vault, sections):
    for kind, path, data in sections:
        target = vault / path
        for above in reversed(target.relative_to(vault).parents[:-1]):
            if os.path.lexists(vault / above) and not (vault / above).is_dir():
                os.unlink(vault / above)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        elif os.path.lexists(target):
            os.unlink(target)
        if kind == "missing":
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data) if kind == "file" else target.symlink_to("elsewhere")


def values(vault, roster, where, envs, name, identity):
    for env in envs:
        path = f"secrets/{env}/{name}.toml"
        if not os.path.lexists(vault / path):
            continue
        doc = recover.check_secret(vault, path, where, roster)
        key = recover.seal_key(vault, env, where, roster, identity)
        plain = recover.value(doc, path, where, key)
        if plain is not None:
            return hashlib.sha256(plain).hexdigest()
    return "none"


def read(vault, reads, argument, identity):
    log = recover.read_text(vault, "roster.log", 64 * recover.MIB)
    where, last = recover.check_log(log, argument if reads == "anchor" else None)
    roster = recover.check_roster(recover.read_text(vault, "roster.toml", 4 * recover.MIB), where, last)
    if reads == "tree":
        for path, fixed in recover.FIXED.items():
            recover.need(recover.read(vault, path, 65536) == fixed, "fixed", path)
        for path in sum(recover.check_tree(vault, roster).values(), []):
            recover.check_secret(vault, path, where, roster)
    elif reads == "names":
        for path in recover.check_tree(vault, roster)[argument]:
            recover.check_secret(vault, path, where, roster)
    elif reads == "key":
        recover.seal_key(vault, argument, where, roster, identity)
    elif reads in ("secret", "lookup"):
        env, name = argument.split("/", 1)
        envs = recover.reach(roster, env, []) if reads == "lookup" else [env]
        return values(vault, roster, where, envs, name, identity)
    return ""


def main():
    folder = pathlib.Path(VECTORS)
    for case in sorted((folder / "cases").iterdir()):
        headers, sections = parse(case.read_bytes())
        reads, _, argument = headers["reads"].partition(" ")
        kept = any(path.startswith("kept/") for _, path, _ in sections)
        if kept or "version" in headers or reads not in ("roster", "tree", "names", "secret", "lookup", "key", "anchor"):
            print(case.name, "-", "not asked", sep="\t")
            continue
        identity = b""
        if "identity" in headers:
            text = (folder / "identities" / (headers["identity"] + ".txt")).read_bytes()
            identity = recover.re.sub(rb"#.*", b"", text)
        with tempfile.TemporaryDirectory() as temporary:
            vault = pathlib.Path(temporary) / "vault"
            shutil.copytree(folder / "base" / "vault", vault)
            lay(vault, sections)
            try:
                got = "success " + read(vault, reads, argument, identity)
            except recover.Refused as refused:
                got = refused.args[0]
        expected = headers["expect"]
        print(case.name, f"success {headers.get('value', '')}" if expected == "success" else expected, got, sep="\t")


main()
