#!/usr/bin/env python3
"""Reads and checks a vault of format 1 without cargo-vault, by docs/format.md. Needs Python 3.11, `cryptography` and `age`.

recover.py --identity FILE [NAME] prints a value, or NAME<TAB>SHA-256 of all; recover.py --verify checks what needs no key.
Of the `roster-` rules it asks only those that it relies on; whoever breaks the others is an admin of the vault."""
import argparse, base64, errno, functools, hashlib, hmac, io, json, os, re, stat, struct, subprocess, sys, tomllib
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

class Refused(Exception): pass
def need(holds, code, where=""):
    if not holds: raise Refused(code, where)

# Section 4: encodings
le64, be32, unhex, MIB = struct.Struct("<Q").pack, struct.Struct(">I").pack, bytes.fromhex, 1 << 20
def sha256(data): return hashlib.sha256(data).digest()
def hkdf(key, info): return hmac.digest(hmac.digest(b"", key, "sha256"), info + b"\1", "sha256")
def pae(*pieces):
    raw = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    return le64(len(raw)) + b"".join(le64(len(piece)) + piece for piece in raw)
def unbase64(text, code, where):
    try: data = base64.b64decode(text, validate=True)
    except ValueError: raise Refused(code, where)
    return need(base64.b64encode(data).decode() == text, code, where) or data
def public(text): return base64.b64decode(text[12:])[19:]  # of `ssh-ed25519 AAAA…`; bytes that are no sound key verify nothing
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, Y8 = -121665 * pow(121666, -1, P), 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826
@functools.cache
def sound(point):  # canonical, on the curve, and none of the eight points of small order, which have these five y
    y = int.from_bytes(point, "little") % 2**255
    return y < P and y not in (1, P - 1, 0, Y8, P - Y8) and pow((y*y - 1) * pow(D*y*y + 1, -1, P), (P - 1) // 2, P) == 1
def verifies(key, message, sig):
    parts = (b"cvault@v1", b"", b"sha512", hashlib.sha512(message).digest())
    blob = b"SSHSIG" + b"".join(be32(len(part)) + part for part in parts)
    if not (len(key) == 32 and sound(key) and sound(sig[:32]) and int.from_bytes(sig[32:], "little") < L): return False
    try: return Ed25519PublicKey.from_public_bytes(key).verify(sig, blob) is None
    except InvalidSignature: return False
def xchacha_open(key, sealed, aad):  # HChaCha20 gives the key for the rest of the nonce
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + sealed[:16]))
    for a, b, c, d in 10 * [(i, 4 + (i + k) % 4, 8 + (i + 2*k) % 4, 12 + (i + 3*k) % 4) for k in (0, 1) for i in range(4)]:
        for to, add, xor, turn in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            s[to] = (s[to] + s[add]) % 2**32
            s[xor] = ((s[xor] ^ s[to]) << turn | (s[xor] ^ s[to]) >> 32 - turn) % 2**32
    return ChaCha20Poly1305(struct.pack("<8I", *s[:4], *s[12:])).decrypt(bytes(4) + sealed[16:24], sealed[24:], aad)

# Sections 6, 7 and 9: the one spelling, as patterns made of `key=kind`, or `key?=kind` where the key is optional
CHARS, JSON = r'[^"\\\x00-\x1f\x7f]*', r'"[^"\\\x00-\x1f]*(?:\\(?:["\\btnfr]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
STR = rf'"{CHARS}(?:\\(?:["\\btnfr]|u00(?:0[0-7BEF]|1[0-9A-F]|7F)){CHARS})*"'
INT, LABEL, HEX, SIG = "(?:0|[1-9][0-9]{0,18})", "[a-z][a-z0-9-]{0,31}", "[0-9a-f]{64}", "([A-Za-z0-9+/]{86}==)"
KEY, SSH = rf'(?:[A-Za-z0-9_-]+|(?!"[A-Za-z0-9_-]+"){STR})', "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42}"
TIME = "(?:19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
KINDS = {"str": STR, "int": INT, "time": TIME, "hex": f'"{HEX}"', "hex16": '"[0-9a-f]{16}"', "list": rf"\[(?:{STR}(?:, {STR})*)?\]",
         "span": '"[1-9][0-9]{0,8}[smhdw]"', "filled": f'(?!""){STR}',
         "label": f'"{LABEL}"', "tags": rf"\{{ {KEY} = {STR}(?:, {KEY} = {STR})* \}}",
         "epochs": rf"\{{ {LABEL} = {INT}(?:, {LABEL} = {INT})* \}}",
         "lease": rf'\{{ id = {STR}, by = "{LABEL}", lease = {TIME}, applied = (?:true|false) \}}'}
def keys(words):
    pairs = (word.split("=") for word in words.split())
    return "".join(f"(?:{key.rstrip('?')} = {KINDS.get(kind, kind)}\n){key[len(key.rstrip('?')):]}" for key, kind in pairs)
def table(head, words, times="*"): return rf"(?:\n\[{head}\]\n{keys(words)}){times}"
ROSTER = (keys("format=1 vault=hex default=str") + table(r"members\." + LABEL, "role=str recipients=list signs=list since=time", "+")
    + table(r"environments\." + LABEL, "epoch=int commitment=hex write=list read=list extends=list", "+")
    + table(r"former\." + LABEL, "keys=list left=time environments?=epochs") + table(r"retired\." + LABEL, "epoch=int"))
SECRET = (keys("format=1 secret=str revision=int kind=str description?=str tags?=tags created=time epoch=int"
    " key=hex16 keep=int writer=label")
    + table("rotation", "every=span grace?=span generate=filled target?=filled", "?")
    + table("deleted", "at=time number=int until?=time", "?")
    + table(r"\[versions\]", "number=int id?=str stages=list created=time author=label born=int"
        " until?=time rotation?=lease sealed=str"))
LINE = (rf'\{{"v":1,"serial":{INT},"prev":"(?:{HEX})?",(?:"nonce":"{HEX}",)?"drops":\[(?:"{HEX}"(?:,"{HEX}")*)?\],"roster":"{HEX}",'
    rf'"admins":\[(?:"{SSH}"(?:,"{SSH}")*)?\],"at":"{TIME}","why":{JSON},"key":"{SSH}","sig":"{SIG}"\}}\n')
def parse(text, load, version, pattern, where, kind=""):
    try: parsed = load(text)
    except (ValueError, RecursionError): raise Refused(kind + "syntax", where)
    need(type(parsed) is dict and type(parsed.get(version)) is int and parsed[version] > 0, kind + "syntax", where)
    need(parsed[version] == 1, kind + "newer", where)
    need(all(re.search(rf"\b{re.escape(key)}\b", pattern) for key in parsed), kind + "syntax", where)
    need(all(int(number) < 2**63 for number in re.findall("^[a-z]+ = ([0-9]{19})$", text, re.M)), kind + "syntax", where)
    need(re.fullmatch(pattern, text), kind + "reprint", where)
    maps = [parsed.get(k, {}) for k in ("members", "environments", "former", "retired", "tags")]
    maps += [bob.get("environments", {}) for bob in maps[2].values()]
    need(all(list(names) == sorted(names, key=str.encode) for names in maps), kind + "reprint", where)
    return parsed

# Sections 2 and 3: files and names
def read(vault, path, cap, absent="missing"):
    fd = os.open(vault, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.split("/"):
            outer, fd = fd, os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
            os.close(outer)
        need(stat.S_ISREG(os.fstat(fd).st_mode), "not-plain", path)
        data = open(fd, "rb", closefd=False).read(cap + 1)
    except OSError as error: raise Refused({errno.ENOENT: absent, errno.ENOTDIR: "not-folder"}.get(error.errno, "not-plain"), path)
    finally: os.close(fd)
    need(len(data) <= cap, "too-large", path)
    return data
def read_text(vault, path, cap):
    try: text = read(vault, path, cap).decode()
    except UnicodeDecodeError: raise Refused("not-text", path)
    return need(not re.search("^(<{7}|>{7}) ", text, re.M), "conflict", path) or text
def walk(folder, below=""):
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = below + entry.name
        if path == ".work": continue
        if entry.is_dir(follow_symlinks=False): yield from walk(entry.path, path + "/")
        else: yield need(entry.is_file(follow_symlinks=False), "not-plain", path) or path
def good_segment(part):
    device = re.match(r"(con|prn|aux|nul|(com|lpt)[0-9])(\.|$)", part, re.I)
    return re.fullmatch(r"(?![.-])[A-Za-z0-9_.+=@-]{1,64}(?<!\.)", part) and not part.lower().endswith(".toml") and not device

# Sections 6 and 7: roster.log and roster.toml
def check_log(text, anchor):  # the vault id and the last line
    hashes, admins = [b""], None
    for number, line in enumerate(need(text, "log-empty", "roster.log") or io.StringIO(text, newline="\n"), 1):
        rule = lambda holds, code: need(holds, "log-" + code, f"roster.log, line {number}")
        rule(len(line.rstrip("\n").encode()) <= MIB, "too-long")
        rule(line.endswith("\n"), "syntax")
        entry = parse(line, json.loads, "v", LINE, f"roster.log, line {number}", "log-")
        sig = unbase64(entry["sig"], "log-syntax", f"roster.log, line {number}")
        rule(entry["serial"] == number, "serial")
        rule(entry["prev"] == hashes[-1].hex(), "previous")
        rule(("nonce" in entry) == (number == 1), "nonce")
        rule(entry["admins"] and entry["admins"] == sorted(set(entry["admins"])), "admins")
        rule(number > 1 or entry["admins"] == [entry["key"]], "admins")
        rule(number == 1 or entry["key"] in admins, "signer")
        if number == 1: vault = sha256(pae("cvault/v1/vault", public(entry["key"]), unhex(entry["nonce"])))
        admins = entry["admins"]
        message = pae("cvault/v1/roster", vault, le64(number), hashes[-1], pae(*map(unhex, entry["drops"])), unhex(entry["roster"]),
                      pae(*map(public, admins)), entry["at"], entry["why"])
        rule(verifies(public(entry["key"]), message, sig), "signature")
        hashes.append(sha256(message))
    if anchor is not None:
        wanted = re.fullmatch(rf"({HEX})\.([1-9][0-9]{{0,18}})\.([0-9a-f]{{32}})", anchor)
        need(wanted, "anchor")
        need(wanted[1] == vault.hex(), "anchor-vault")
        need(int(wanted[2]) < len(hashes), "anchor-cut")
        need(hashes[int(wanted[2])].hex()[:32] == wanted[3], "anchor-differs")
    return vault, entry
def check_roster(text, vault, last):
    need(sha256(pae("cvault/v1/roster-file", text)).hex() == last["roster"], "roster-changed", "roster.toml")
    roster = parse(text, tomllib.loads, "format", ROSTER, "roster.toml")
    need(roster["vault"] == vault.hex(), "roster-vault", "roster.toml")
    members, environments = roster["members"], roster["environments"]
    for member in members.values():
        need(all(re.fullmatch(SSH, k) and sound(public(k)) for k in member["signs"]), "roster-signing-key", "roster.toml")
    for now in environments.values():
        need({*now["write"], *now["read"]} <= {*members}, "roster-no-member", "roster.toml")
        need({*now["extends"]} <= {*environments}, "roster-extends", "roster.toml")
    admins = sorted(k for member in members.values() if member["role"] == "admin" for k in member["signs"])
    need(admins == last["admins"], "admins-differ", "roster.toml")
    return roster

# Section 9: secrets
def check_record(doc, where):
    versions, deleted = doc.get("versions", []), doc.get("deleted")
    numbers, stages = [v["number"] for v in versions], [stage for v in versions for stage in v["stages"]]
    tombstone = not deleted or deleted["number"] >= max(numbers, default=0) and ("until" in deleted or not versions)
    counts = [doc["revision"], doc["epoch"], *numbers, *(v["born"] for v in versions), *([deleted["number"]] if deleted else [])]
    pending = [("pending" in v["stages"]) == ("rotation" in v) for v in versions]
    rules = {"kind": doc["kind"] in ("text", "json", "binary", "userpass"), "zero": 0 not in counts, "keep": 1 <= doc["keep"] <= 100,
             "order": numbers == sorted(set(numbers), reverse=True), "stage": all(stages) and len(stages) == len(set(stages)),
             "rotation": all(pending), "born": all(v["born"] <= doc["epoch"] for v in versions), "tombstone": tombstone,
             "empty": deleted or versions, "no-current": deleted or "current" in stages or len(versions) == 1 and "pending" in stages}
    for code, holds in rules.items(): need(holds, "record-" + code, where)
def check_secret(folder, path, vault, roster):  # the record, whose signature holds
    _, env, name = path.removesuffix(".toml").split("/", 2)
    need(len(name) <= 200 and name.count("/") < 8 and all(map(good_segment, name.split("/"))), "name", path)
    text = read_text(folder, path, 16 * MIB)
    body, trailer = text[:-110], re.fullmatch(rf'\n\[signature\]\nsig = "{SIG}"\n', text[-110:])
    sig = unbase64(need(trailer and body[-1:] == "\n", "trailer", path) or trailer[1], "trailer", path)
    doc = parse(body, tomllib.loads, "format", SECRET, path)
    need(doc["secret"] == f"{env}/{name}", "path", path)
    check_record(doc, path)
    for text in (v["sealed"] for v in doc.get("versions", [])): unbase64(text, "syntax", path)
    need(all(0 < len(tag.encode()) <= 64 for tag in doc.get("tags", {})), "syntax", path)
    now, writer, former = roster["environments"][env], doc["writer"], roster.get("former", {}).get(doc["writer"], {})
    need(writer in now["write"], "not-writer", path)
    signed = lambda key: re.fullmatch(SSH, key) and verifies(public(key), pae("cvault/v1/secret", vault, env, name, body), sig)
    if not any(map(signed, roster["members"][writer]["signs"])):
        raise Refused("former-key" if any(map(signed, former.get("keys", ()))) else "signature", path)
    need(doc["epoch"] == now["epoch"], "epoch", path)
    need(doc["key"] == now["commitment"][:16], "other-key", path)
    return doc
def value(doc, path, vault, seal_key):  # of the current version, or None
    version = next((v for v in doc.get("versions", []) if "current" in v["stages"] and "deleted" not in doc), None)
    if version is None: return None
    env, name = doc["secret"].split("/", 1)
    sealed = unbase64(version["sealed"], "syntax", path)
    aad = pae("cvault/v1/value", vault, env, name, le64(version["number"]), le64(doc["epoch"]), doc["kind"])
    try: plain = xchacha_open(need(len(sealed) >= 104, "seal", path) or seal_key, sealed, aad)
    except InvalidTag: raise Refused("seal", path)
    length = struct.unpack("<I", plain[:4])[0]
    size = next((size for size in (64, 128, 256, 512, 1024) if size >= length + 4), -(-(length + 4) // 1024) * 1024)
    need(length <= MIB and len(plain) == size and not any(plain[length + 4:]), "padding", path)
    return plain[4:length + 4]

# Sections 5 and 8: keys
def age(program, identity, data=b""):  # with the identity through a pipe
    pipe, end = os.pipe()
    os.write(end, identity); os.close(end)
    program = [part.format(f"/dev/fd/{pipe}") for part in program]
    try: return subprocess.run(program, input=data, capture_output=True, pass_fds=[pipe])
    finally: os.close(pipe)
def key_path(env, member, recipient): return f"keys/{env}/{member}.{sha256(recipient.encode()).hex()[:8]}.age"
def seal_key(folder, env, vault, roster, identity):
    now, path = roster["environments"][env], f"keys/{env}"
    mine = age(["age-keygen", "-y", "{}"], identity).stdout.decode().split()  # none of an SSH or plugin identity: all are tried
    found = [(m, r) for m in now["write"] + now["read"] for r in roster["members"][m]["recipients"] if not mine or r in mine]
    for member, recipient in need(found, "key-missing", path) or found:
        path = key_path(env, member, recipient)
        data = read(folder, path, 16384, "key-missing")
        need(data.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n"), "key-armor", path)
        try: header = base64.b64decode(data.split(b"-----")[2]).split(b"\n---")[0].split(b"\n")
        except ValueError: raise Refused("key-armor", path)
        need(not any(line.startswith(b"-> scrypt") for line in header), "key-scrypt", path)
        need(sum(line.startswith(b"-> ") for line in header) <= 8, "key-stanzas", path)
        opened = age(["age", "-d", "-i", "{}"], identity, data)
        if opened.returncode == 0: break
    need(opened.returncode == 0, "key-unwrap", path)
    need(len(opened.stdout) == 32, "key-length", path)
    ctx = pae("cvault/v1/env", vault, env, le64(now["epoch"]))
    need(hkdf(opened.stdout, pae("cvault/v1/commit", ctx)).hex() == now["commitment"], "commitment", path)
    return hkdf(opened.stdout, pae("cvault/v1/seal", ctx))
def reach(roster, env, seen):  # an environment and those it extends, depth first, each once
    if env in seen: return seen
    seen.append(env)
    for inner in roster["environments"][env]["extends"]: reach(roster, inner, seen)
    return seen
FIXED = {".gitattributes": b"* -text\nsecrets/** diff=cargo-vault merge=cargo-vault\n", ".gitignore": b"/.work/\n"}
OTHERS = rf"requests/{LABEL}\.toml|(schema|config|scan-allow)\.toml|roster\.(toml|log)|\.git(attributes|ignore)"
def check_tree(folder, roster):  # no path that does not belong; the secrets' paths of each environment
    secrets, keys = {env: [] for env in roster["environments"]}, set()
    for env, now in roster["environments"].items():
        for member in now["write"] + now["read"]: keys |= {key_path(env, member, r) for r in roster["members"][member]["recipients"]}
    for path in walk(folder):
        top, env, name = (path + "//").split("/")[:3]
        if top == "secrets" and env in secrets and name and path.endswith(".toml"): secrets[env].append(path)
        else: need(path in keys or re.fullmatch(OTHERS, path), "stray", path)
    for paths in secrets.values():
        names = [path.removesuffix(".toml").split("/")[2:] for path in paths]
        leading = {"/".join(name[:n]) for name in names for n in range(1, len(name) + 1)}
        need(len(leading) == len({part.lower() for part in leading}), "name-case", str(paths))
    return secrets

def main():
    cli = argparse.ArgumentParser(description=__doc__)
    for option in "--identity", "--env", "--anchor": cli.add_argument(option)
    cli.add_argument("--vault", default=".vault")
    cli.add_argument("--verify", action="store_true")
    cli.add_argument("name", nargs="?", metavar="NAME")
    given = cli.parse_args()
    vault, last = check_log(read_text(given.vault, "roster.log", 64 * MIB), given.anchor)
    roster = check_roster(read_text(given.vault, "roster.toml", 4 * MIB), vault, last)
    if given.verify:
        for path, fixed in FIXED.items(): need(read(given.vault, path, 65536) == fixed, "fixed", path)
        for path in sum(check_tree(given.vault, roster).values(), []): check_secret(given.vault, path, vault, roster)
        return print(f"{vault.hex()}.{last['serial']}: every line, the roster and every secret verify")
    identity, env, found = open(given.identity, "rb").read(16384), given.env or roster["default"], {}
    identity = re.sub(rb"#.*", b"", identity)  # comments, and an anchor behind a key
    if env not in roster["environments"]: sys.exit(f"no environment {env}")
    secrets = {} if given.name else check_tree(given.vault, roster)
    for inner in reach(roster, env, []):
        one = f"secrets/{inner}/{given.name}.toml"
        paths = secrets[inner] if not given.name else [one] * os.path.lexists(os.path.join(given.vault, one))
        docs = {path: check_secret(given.vault, path, vault, roster) for path in paths}
        key = docs and seal_key(given.vault, inner, vault, roster, identity)
        values = {doc["secret"].split("/", 1)[1]: value(doc, path, vault, key) for path, doc in docs.items()}
        found = {name: plain for name, plain in values.items() if plain is not None} | found
        if given.name in found: break
    if not given.name: return print(*(f"{name}\t{hashlib.sha256(found[name]).hexdigest()}" for name in sorted(found)), sep="\n")
    sys.stdout.buffer.write(found[given.name]) if given.name in found else sys.exit(f"no value {given.name} in {env}")
if __name__ == "__main__":
    try: main()
    except Refused as refused: sys.exit(f"refused: {refused.args[0]}\n  {refused.args[1]!a}")
