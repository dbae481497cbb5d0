//! Names of secrets, environments and members (format.md §3).

use super::{Case, Forge, case};

pub(crate) fn cases(_: &Forge) -> Vec<Case> {
    let mut cases = secrets();
    cases.extend(labels("env"));
    cases.extend(labels("member"));
    let reserved = [
        "secret",
        "secrets",
        "sys",
        "auth",
        "roles",
        "tokens",
        "admin",
        "audit",
        "backup",
        "restore",
        "batch",
        "events",
        "identity",
        "cubbyhole",
        "t",
    ];
    cases.extend(reserved.map(|name| {
        let reads = format!("env {name}");
        case(&format!("env_reserved_{name}"), "name", &reads, "The agent's paths begin with this name")
    }));
    cases.push(case(
        "member_named_as_an_agent_path",
        "success",
        "member admin",
        "Only environments are reserved",
    ));
    cases
}

fn secrets() -> Vec<Case> {
    let long = "a".repeat(65);
    let bytes = format!("{}/{}/{}/bbbbbb", "a".repeat(64), "b".repeat(64), "c".repeat(64));
    let refused = [
        ("empty", "", "A name has a character"),
        ("segment_65_bytes", &long, "A part has at most 64 bytes"),
        ("201_bytes", &bytes, "A name has at most 200 bytes"),
        ("nine_segments", "1/2/3/4/5/6/7/8/9", "A name has at most eight parts"),
        ("empty_segment", "a//b", "A part is not empty"),
        ("slash_in_front", "/a", "A name does not begin with a slash"),
        ("slash_behind", "a/", "A name does not end with a slash"),
        ("dot", ".", "A part does not begin with a dot"),
        ("dot_dot", "..", "Nothing leads out of the folder"),
        ("dot_dot_inside", "a/../b", "Nothing leads out of the folder"),
        ("hidden", ".env", "A part does not begin with a dot"),
        ("option", "-rf", "A part does not begin with a dash"),
        ("option_inside", "a/-rf", "A part does not begin with a dash"),
        ("dot_behind", "x.", "A part does not end with a dot"),
        ("toml", "x.toml", "A part does not end with .toml"),
        ("toml_upper", "x.TOML", "A part does not end with .toml in any case"),
        ("toml_folder", "x.toml/y", "A part does not end with .toml"),
        ("backslash", "a\\b", "A backslash is a separator elsewhere"),
        ("colon", "a:b", "A colon names a stream or a drive elsewhere"),
        ("space", "a b", "No space stands in a name"),
        ("not_ascii", "clé", "Only ASCII stands in a name"),
        ("device", "CON", "Windows keeps this name"),
        ("device_with_extension", "nul.txt", "Windows keeps this name with any extension"),
        ("device_inside", "db/LPT1", "Windows keeps this name in any folder"),
        ("device_numbered", "com9.tar.gz", "Windows keeps this name with any extension"),
    ];
    let (most, whole) = ("a".repeat(64), bytes[..200].to_owned());
    let taken = [
        ("segment_64_bytes", most.as_str()),
        ("200_bytes", &whole),
        ("eight_segments", "1/2/3/4/5/6/7/8"),
        ("every_character", "A_z-0.b+c=d@e"),
        ("almost_a_device", "CONSOLE/com10/lpt/xnul"),
        ("toml_inside", "x.toml.d/y"),
    ];
    let refused = refused.map(|(name, text, comment)| {
        case(
            &format!("name_{name}"),
            "name",
            format!("name {text}").trim_end_matches(|c| text.is_empty() && c == ' '),
            comment,
        )
    });
    let taken = taken.map(|(name, text)| {
        case(&format!("name_{name}"), "success", &format!("name {text}"), "A sound name")
    });
    refused.into_iter().chain(taken).collect()
}

fn labels(what: &str) -> Vec<Case> {
    let (most, more) = ("a".repeat(32), "a".repeat(33));
    let refused = [
        ("upper", "Dev", "Only lower-case letters stand in it"),
        ("digit_in_front", "1dev", "It begins with a letter"),
        ("dash_in_front", "-dev", "It begins with a letter"),
        ("33_bytes", &more, "It has at most 32 bytes"),
        ("dot", "a.b", "No dot stands in it"),
        ("slash", "a/b", "No slash stands in it"),
        ("underscore", "a_b", "No underscore stands in it"),
        ("device", "nul", "Windows keeps this name"),
    ];
    let refused = refused.map(|(name, text, comment)| {
        case(&format!("{what}_{name}"), "name", &format!("{what} {text}"), comment)
    });
    let taken = [("32_bytes", most.as_str()), ("sound", "eu-west-2")].map(|(name, text)| {
        case(&format!("{what}_{name}"), "success", &format!("{what} {text}"), "A sound name")
    });
    refused.into_iter().chain(taken).collect()
}
