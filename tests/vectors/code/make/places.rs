//! What lies where in the tree (format.md §§2 and 3), and requests (§10).

use cargo_vault::kernel::{
    format::request,
    model::Request,
    seal::{PublicKey, Recipient},
};

use super::{
    Case, Forge, case,
    forge::{at, env, join, member, replaced},
};
use crate::vector::Node;

fn tree(name: &str, expect: &str, comment: &str, path: &str) -> Case {
    case(&format!("tree_{name}"), expect, "tree", comment).put(path, "hello\n")
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = vec![
        case("tree_base", "success", "tree", "Every file of the base vault"),
        case("names_base", "success", "names dev", "Every secret of one environment"),
    ];
    cases.extend(strays(forge));
    cases.extend(fixed());
    cases.extend(names(forge));
    cases.extend(files(forge));
    cases.extend(requests(forge));
    cases
}

fn strays(forge: &Forge) -> Vec<Case> {
    let key = forge.key_path("dev", "bob");
    let old = key.replace("bob", "carl");
    vec![
        tree("stray_top", "stray", "An unknown file lies at the top", "notes.txt"),
        tree("stray_folder", "stray", "An unknown folder lies at the top", "hooks/post-checkout"),
        tree("stray_key", "stray", "A key file belongs to nobody", "keys/dev/zoe.00000000.age"),
        tree("stray_old_key", "stray", "A former member's key file was left behind", &old),
        tree(
            "stray_key_env",
            "stray",
            "A folder of key files is no environment's",
            "keys/qa/ana.00000000.age",
        ),
        tree("stray_keys_file", "stray", "A file lies among the folders of key files", "keys/README"),
        tree("stray_key_folder", "stray", "A folder lies among key files", "keys/dev/old/x"),
        tree("stray_secret_env", "stray", "A folder of secrets is no environment's", "secrets/qa/X.toml"),
        tree(
            "stray_retired_env",
            "stray",
            "A removed environment's secrets were left behind",
            "secrets/stage/X.toml",
        ),
        tree("stray_in_secrets", "stray", "A file among secrets is none", "secrets/dev/README"),
        tree("stray_backup", "stray", "An editor left a copy", "secrets/dev/EMPTY.toml~"),
        tree("stray_request", "stray", "A file among requests is none", "requests/dora.txt"),
        tree("stray_request_folder", "stray", "A folder lies among requests", "requests/old/dora.toml"),
        tree("work", "success", "The folder of changes under way is not looked into", ".work/anything"),
        case("tree_empty_requests", "success", "tree", "There need be no request")
            .lay("requests", Node::Missing),
        case("tree_link", "not-plain", "tree", "A link lies at the top").lay("more", Node::Link),
        case("tree_key_link", "not-plain", "tree", "A key file is a link").lay(&key, Node::Link),
        case("tree_key_missing", "key-missing", "tree", "A reader's key file is not there")
            .lay(&key, Node::Missing),
        case("tree_key_armor", "key-armor", "tree", "A reader's key file is no age file")
            .put(&key, "hello\n"),
        case("tree_secret_link", "not-plain", "tree", "A secret is a link")
            .lay("secrets/dev/EMPTY.toml", Node::Link),
        case("tree_secret_changed", "signature", "tree", "A secret was changed after it was signed").put(
            "secrets/dev/EMPTY.toml",
            replaced(&forge.text("secrets/dev/EMPTY.toml"), &[("revision = 1", "revision = 2")]),
        ),
    ]
}

fn fixed() -> Vec<Case> {
    let put = |name: &str, expect: &str, comment: &str, (path, text): (&str, &str)| {
        case(&format!("tree_{name}"), expect, "tree", comment).put(path, text)
    };
    let lay = |name: &str, expect: &str, comment: &str, (path, node): (&str, Node)| {
        case(&format!("tree_{name}"), expect, "tree", comment).lay(path, node)
    };
    let filter = "* -text\nsecrets/** diff=cargo-vault merge=cargo-vault filter=evil\n";
    vec![
        put(
            "attributes",
            "fixed",
            "Attributes of git name a filter that would run",
            (".gitattributes", filter),
        ),
        put("attributes_empty", "fixed", "Attributes of git say nothing", (".gitattributes", "")),
        put("ignore", "fixed", "Git is told to leave out secrets", (".gitignore", "/secrets/\n")),
        lay(
            "attributes_missing",
            "missing",
            "There are no attributes of git",
            (".gitattributes", Node::Missing),
        ),
        lay(
            "ignore_missing",
            "missing",
            "Git is not told to leave out changes under way",
            (".gitignore", Node::Missing),
        ),
        put(
            "config",
            "success",
            "Settings that a repository may make",
            ("config.toml", "color = \"never\"\nkeep = 3 # hello\n"),
        ),
        put("config_unknown", "syntax", "A setting is unknown", ("config.toml", "default = \"prod\"\n")),
        put("config_no_toml", "syntax", "Settings are no TOML", ("config.toml", "keep =\n")),
        lay("config_not_text", "not-text", "Settings are no UTF-8", ("config.toml", Node::File(vec![0xff]))),
        lay(
            "config_too_large",
            "too-large",
            "Settings have at most 64 KiB",
            ("config.toml", Node::Fill(64 * 1024 + 1)),
        ),
        put("schema", "success", "A schema may be any TOML", ("schema.toml", "[secrets.X]\nkind = 'text'\n")),
        put("schema_no_toml", "syntax", "A schema is no TOML", ("schema.toml", "hello\n")),
        lay(
            "schema_too_large",
            "too-large",
            "A schema has at most 1 MiB",
            ("schema.toml", Node::Fill(1024 * 1024 + 1)),
        ),
        put("allow_no_toml", "syntax", "Allowed findings are no TOML", ("scan-allow.toml", "hello\n")),
    ]
}

/// Files of secrets whose names break the rules, each signed as well as it can be.
fn names(forge: &Forge) -> Vec<Case> {
    let body = forge.body("dev/EMPTY");
    let named = |case_name: &str, expect: &str, comment: &str, name: &str| {
        let full = format!("dev/{name}");
        let bytes = forge.sign_body(&full, replaced(&body, &[("dev/EMPTY", &full)]).as_bytes(), "ana");
        case(&format!("names_{case_name}"), expect, "names dev", comment)
            .put(&format!("secrets/{full}.toml"), bytes)
    };
    let deep = "1/2/3/4/5/6/7/8";
    vec![
        named("sound", "success", "One more secret", "a/b/c"),
        named("prefix", "success", "A name may be a leading part of another", "db"),
        named("case", "name-case", "Two names differ only in case", "empty"),
        named("case_of_part", "name-case", "Leading parts of two names differ only in case", "DB/user"),
        named(
            "case_of_prefix",
            "name-case",
            "A name and a leading part of another differ only in case",
            "Db",
        ),
        named("option", "name", "A file's name begins with a dash", "-rf"),
        named("device", "name", "A file has a name that Windows keeps", "aux"),
        named("backslash", "name", "A file's name has a backslash", "a\\\\b"),
        named("dot_behind", "name", "A file's name ends with a dot", "x."),
        named("toml_twice", "name", "A file's name ends with .toml twice", "x.toml"),
        named("hidden", "name", "A file is hidden", ".hidden"),
        named("65_bytes", "name", "A file's name has 65 bytes", &"x".repeat(65)),
        named("eight_segments", "success", "A name has eight parts", deep),
        named("nine_segments", "name", "A name has nine parts", &format!("{deep}/9")),
        named("ten_segments", "stray", "A folder lies deeper than a name can", &format!("{deep}/9/10")),
        case("names_empty_stem", "name", "names dev", "A file is called .toml")
            .put("secrets/dev/.toml", "hello\n"),
        case("names_upper_extension", "stray", "names dev", "A file's extension is in upper case")
            .put("secrets/dev/X.TOML", "hello\n"),
        case("names_link", "not-plain", "names dev", "A secret is a link")
            .lay("secrets/dev/X.toml", Node::Link),
        case("names_folder_link", "not-plain", "names dev", "A folder of secrets is a link")
            .lay("secrets/dev/db", Node::Link),
        case("names_stray", "success", "names dev", "A stray that looks like no secret is passed over")
            .put("secrets/dev/README", "hello\n"),
    ]
}

/// Kinds and sizes of what is read.
fn files(forge: &Forge) -> Vec<Case> {
    let secret = |name: &str, expect: &str, comment: &str, (path, node): (&str, Node)| {
        case(&format!("file_{name}"), expect, "secret dev/EMPTY", comment).by("ana").lay(path, node)
    };
    let roster = |name: &str, expect: &str, comment: &str, node: Node| {
        case(&format!("file_{name}"), expect, "roster", comment).lay("roster.toml", node)
    };
    let path = "secrets/dev/EMPTY.toml";
    let hello = || Node::File(b"hello\n".to_vec());
    vec![
        roster("roster_missing", "missing", "The roster is not there", Node::Missing),
        roster("roster_link", "not-plain", "The roster is a link", Node::Link),
        roster(
            "roster_too_large",
            "too-large",
            "A roster has at most 4 MiB",
            Node::Fill(4 * 1024 * 1024 + 1),
        ),
        case("file_roster_folder", "not-plain", "roster", "A folder stands where the roster belongs")
            .put("roster.toml/x", ""),
        secret("link", "not-plain", "A secret is a link", (path, Node::Link)),
        secret("folder_link", "not-plain", "The folder of secrets is a link", ("secrets", Node::Link)),
        secret(
            "folder_file",
            "not-folder",
            "A file stands where a folder of secrets belongs",
            ("secrets/dev", hello()),
        ),
        secret(
            "folders_file",
            "not-folder",
            "A file stands where the folder of all secrets belongs",
            ("secrets", hello()),
        ),
        secret(
            "keys_file",
            "not-folder",
            "A file stands where the folder of key files belongs",
            ("keys", hello()),
        ),
        secret(
            "too_large",
            "too-large",
            "A secret's file has at most 16 MiB",
            (path, Node::Fill(16 * 1024 * 1024 + 1)),
        ),
        secret(
            "16_mib",
            "trailer",
            "16 MiB are read, and are no secret",
            (path, Node::Fill(16 * 1024 * 1024)),
        ),
        secret("empty", "trailer", "A secret's file has no byte", (path, Node::File(Vec::new()))),
        case(
            "file_secret_folder",
            "not-plain",
            "secret dev/NOTHING",
            "A folder stands where a secret belongs",
        )
        .by("ana")
        .put("secrets/dev/NOTHING.toml/x", forge.base[path].clone()),
    ]
}

/// The point 0 as a recipient: whatever is wrapped to it, anybody opens.
const SMALL_ORDER: &str = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";

/// An RSA key of 1024 bits.
const SHORT_RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDPlUDCZBhcEFhVAxqoKgBEQfp6fP4taUfTPyuZm2aaTxkTOs89I0OiRMLlah9aVrgAAw4xS6BqMm7hS2s2wuLrgoTU/v99TqZpt1rXP5LlTzfTL5FuqFoYQtHaTBa3USUACqMtq4350yqFp9XqKIMI9cIyMYTnPGjN3rM5uy/vCw==";

fn requests(forge: &Forge) -> Vec<Case> {
    let path = "requests/dora.toml";
    let asked = |name: &str, expect: &str, comment: &str, bytes: Vec<u8>| {
        case(&format!("request_{name}"), expect, "request dora", comment).put(path, bytes)
    };
    let text = forge.text(path);
    let whole = Request {
        member: member("dora"),
        recipients: vec![forge.people["dora"].recipient().clone()],
        signs: vec![forge.public("dora")],
        environments: vec![env("dev")],
        at: at(),
    };
    let by = |who: &str, request: &Request| {
        request::print(&forge.vault, request, &forge.people[who].signing_key())
    };
    let other = Request { member: member("eve"), ..whole.clone() };
    let none = Request { recipients: Vec::new(), ..whole.clone() };
    let nowhere = Request { environments: Vec::new(), ..whole.clone() };
    let foreign = request::print(
        &cargo_vault::kernel::seal::vault_id(&forge.public("dora"), &[7; 32]),
        &whole,
        &forge.people["dora"].signing_key(),
    );
    let twice = Request { recipients: vec![whole.recipients[0].clone(); 2], ..whole.clone() };
    let weak = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let small = PublicKey::parse(weak).expect("it is formed as a key");
    let small = Request { signs: vec![small, forge.public("dora")], ..whole.clone() };
    let nothing = Recipient::parse("age1qqqqqq").expect("it is formed as a recipient");
    let nothing = Request { recipients: vec![nothing], ..whole.clone() };
    let bringing = |key: &str| {
        let recipients = vec![Recipient::parse(key).expect("it is formed as a recipient")];
        by("dora", &Request { recipients, ..whole.clone() })
    };
    let edit = |from: &str, to: &str| replaced(&text, &[(from, to)]).into_bytes();
    let zero = join(&text.as_bytes()[..text.len() - 110], &forge.unsigned().base64());
    vec![
        case("request_base", "success", "request dora", "Dora asks to join"),
        asked("no_environment", "success", "Who asks may leave open for what", by("dora", &nowhere)),
        asked("name", "request-name", "The request is another's than its path says", by("dora", &other)),
        asked("signer", "request-signature", "Somebody else signed it", by("mallory", &whole)),
        asked("vault", "request-signature", "It was made for another vault", foreign),
        asked("no_recipient", "request-signature", "It brings no recipient", by("dora", &none)),
        asked("key_twice", "request-keys", "It brings one recipient twice", by("dora", &twice)),
        asked("small_key", "request-keys", "It brings a signing key of small order", by("dora", &small)),
        asked("small_recipient", "request-keys", "It brings an SSH recipient of small order", bringing(weak)),
        asked("small_order", "request-keys", "It brings a recipient of small order", bringing(SMALL_ORDER)),
        asked("short_rsa", "request-keys", "It brings an RSA key of 1024 bits", bringing(SHORT_RSA)),
        asked("no_key", "request-keys", "It brings a recipient that is no key", by("dora", &nothing)),
        asked("zero", "request-signature", "Its signature is all zeros", zero),
        asked(
            "changed",
            "request-signature",
            "It was changed after it was signed",
            edit("[\"dev\"]", "[\"prod\"]"),
        ),
        asked(
            "unknown_key",
            "syntax",
            "A key is unknown",
            edit("environments", "role = \"admin\"\nenvironments"),
        ),
        asked("newer", "newer", "A higher format is a newer program's", edit("format = 1", "format = 2")),
        asked("trailer", "trailer", "It does not end in a signature", text.trim_end().into()),
        case("request_too_large", "too-large", "request dora", "A request has at most 16 KiB")
            .lay(path, Node::Fill(16 * 1024 + 1)),
        case("request_tree", "request-signature", "tree", "A whole vault has its requests checked")
            .put(path, edit("[\"dev\"]", "[\"prod\"]")),
    ]
}
