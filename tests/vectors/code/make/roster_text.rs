//! The one spelling of the roster, and rosters that nobody signed.

use super::{Case, Forge, case, forge::replaced, roster::edited};

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    spelling(forge).into_iter().chain(unsigned(forge)).collect()
}

/// Changes of `roster.toml` that only its spelling forbids; the log signs them.
fn spelling(forge: &Forge) -> Vec<Case> {
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, name, expect, (comment, &[(from, to)]))
    };
    let text = forge.text("roster.toml");
    let block = |name: &str| {
        let from = text.find(&format!("\n[{name}]")).expect("it has this table");
        let to = text[from + 2..].find("\n[").map_or(text.len(), |to| from + 2 + to);
        text[from..to].to_owned()
    };
    let (ana, bob, carl) = (block("members.ana"), block("members.bob"), block("former.carl"));
    let whole =
        |name: &str, expect: &str, comment: &str, new: String| edit(name, expect, comment, (&text, &new));
    let moved = replaced(&text, &[(&carl, "")]) + &carl;
    vec![
        edit("newer", "newer", "A higher format is a newer program's", ("format = 1", "format = 2")),
        edit(
            "newer_unknown",
            "newer",
            "A higher format is looked at before anything else",
            ("format = 1\n", "format = 2\nnews = true\n"),
        ),
        edit("format_zero", "syntax", "Formats count from one", ("format = 1", "format = 0")),
        edit("no_format", "syntax", "There is no format", ("format = 1\n", "")),
        edit("comment", "syntax", "Comments do not stand in it", ("format = 1\n", "format = 1\n# hello\n")),
        edit(
            "comment_behind",
            "syntax",
            "Comments do not stand behind a value",
            ("format = 1\n", "format = 1 # hello\n"),
        ),
        edit(
            "unknown_key",
            "syntax",
            "A key is unknown",
            ("role = \"admin\"\n", "role = \"admin\"\nroot = true\n"),
        ),
        edit(
            "unknown_table",
            "syntax",
            "A table is unknown",
            ("\n[retired.stage]", "\n[power.ana]\nroot = true\n\n[retired.stage]"),
        ),
        edit("missing_key", "syntax", "A key is missing", ("extends = []\n", "")),
        edit(
            "key_twice",
            "syntax",
            "A key stands twice",
            ("role = \"admin\"\n", "role = \"admin\"\nrole = \"admin\"\n"),
        ),
        edit(
            "signature",
            "syntax",
            "A roster has no signature of its own",
            ("\n[retired.stage]", "\n[signature]\nsig = \"\"\n\n[retired.stage]"),
        ),
        edit("spaces", "syntax", "Two spaces stand where one belongs", ("format = 1", "format  = 1")),
        edit("leading_zero", "reprint", "A number begins with zero", ("epoch = 2", "epoch = 02")),
        edit("underscore", "syntax", "A number has an underscore", ("epoch = 2", "epoch = 2_0")),
        edit("literal_string", "syntax", "A string is in single quotes", ("\"dev\"", "'dev'")),
        edit("escape", "reprint", "A letter is escaped that needs no escape", ("\"dev\"", "\"\\u0064ev\"")),
        edit(
            "array_spaces",
            "syntax",
            "An array has spaces inside its brackets",
            ("read = [\"ci\"]", "read = [ \"ci\" ]"),
        ),
        edit("array_comma", "syntax", "An array ends in a comma", ("read = [\"ci\"]", "read = [\"ci\",]")),
        edit(
            "time_fraction",
            "syntax",
            "A time has a fraction",
            ("since = 2026-11-22T10:00:00Z", "since = 2026-11-22T10:00:00.0Z"),
        ),
        edit(
            "time_offset",
            "syntax",
            "A time has an offset",
            ("since = 2026-11-22T10:00:00Z", "since = 2026-11-22T10:00:00+00:00"),
        ),
        edit(
            "time_space",
            "syntax",
            "A time has a space",
            ("since = 2026-11-22T10:00:00Z", "since = 2026-11-22 10:00:00Z"),
        ),
        edit(
            "time_leap_second",
            "syntax",
            "A time has a leap second",
            ("since = 2026-11-22T10:00:00Z", "since = 2016-12-31T23:59:60Z"),
        ),
        edit(
            "no_blank_line",
            "syntax",
            "A table has no blank line before it",
            ("\n\n[members.bob]", "\n[members.bob]"),
        ),
        edit(
            "two_blank_lines",
            "syntax",
            "A table has two blank lines before it",
            ("\n\n[members.bob]", "\n\n\n[members.bob]"),
        ),
        edit("quoted_table", "name", "A table's name is quoted", ("[members.bob]", "[members.\"bob\"]")),
        whole(
            "members_unsorted",
            "reprint",
            "Members do not ascend",
            replaced(&text, &[(&ana, ""), (&bob, &format!("{bob}{ana}"))]),
        ),
        whole("groups_unsorted", "syntax", "Former members stand behind what was retired", moved),
        whole("crlf", "syntax", "Lines end in CR LF", text.replace('\n', "\r\n")),
        whole("bom", "syntax", "A byte order mark stands in front", format!("\u{feff}{text}")),
        whole("no_final_newline", "syntax", "The last line does not end", text.trim_end().to_owned()),
        whole("blank_line_behind", "syntax", "A blank line stands at the end", format!("{text}\n")),
        whole("nul_behind", "syntax", "A NUL stands at the end", format!("{text}\0")),
        whole("empty", "syntax", "A roster has no byte", String::new()),
    ]
}

/// Rosters that nobody signed.
fn unsigned(forge: &Forge) -> Vec<Case> {
    let put = |name: &str, expect: &str, comment: &str, bytes: Vec<u8>| {
        case(&format!("roster_{name}"), expect, "roster", comment).put("roster.toml", bytes)
    };
    let text = forge.text("roster.toml");
    let granted = replaced(
        &text,
        &[("write = [\"ana\", \"bob\"]\nread = [\"ci\"]", "write = [\"ana\", \"bob\", \"ci\"]\nread = []")],
    );
    let marked =
        replaced(&text, &[("epoch = 2\n", "<<<<<<< ours\nepoch = 2\n=======\nepoch = 3\n>>>>>>> theirs\n")]);
    let other = text.replacen(&forge.vault.hex(), &"ab".repeat(32), 1);
    let no_text = [text.as_bytes(), b"\xff\n"].concat();
    let signs = forge.log_with(&forge.sign_line(forge.line(&no_text, vec![forge.public("ana")]), "ana"));
    vec![
        put(
            "unsigned",
            "roster-changed",
            "A machine was made a writer, and nobody signed that",
            granted.into_bytes(),
        ),
        put("conflict", "conflict", "Git left conflict markers", marked.into_bytes()),
        put("not_text", "not-text", "A byte is no UTF-8", no_text).put("roster.log", signs),
        put(
            "other_vault_unsigned",
            "roster-changed",
            "Another vault id, which nobody signed",
            other.into_bytes(),
        ),
        edited(
            forge,
            "other_vault",
            "roster-vault",
            ("Another vault id, signed", &[(&forge.vault.hex(), &"ab".repeat(32))]),
        ),
        edited(
            forge,
            "vault_upper",
            "syntax",
            ("A vault id in upper case", &[(&forge.vault.hex(), &forge.vault.hex().to_uppercase())]),
        ),
    ]
}
