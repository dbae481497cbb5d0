//! The fields and the one spelling of a secret's file (format.md §9).

use super::{
    Case, Forge, case,
    forge::replaced,
    records::{FULL, PATH, edited, put},
};

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let groups = [fields(forge), spelling(forge), descriptions(forge), whole(forge)];
    groups.into_iter().flatten().collect()
}

/// Values of fields that this format does not know.
fn fields(forge: &Forge) -> Vec<Case> {
    let of = |full: &str, name: &str, (comment, from, to): (&str, &str, &str)| {
        let bytes = forge.changed(full, &[(from, to)]);
        case(&format!("field_{name}"), "syntax", &format!("secret {full}"), comment)
            .by("ana")
            .put(&format!("secrets/{full}.toml"), bytes)
    };
    let rotated = "dev/db/password";
    let long = format!("{} = \"payments\"", "t".repeat(65));
    vec![
        of(rotated, "every_unit", ("A duration has an unknown unit", "\"30d\"", "\"30y\"")),
        of(rotated, "every_zero", ("A duration begins with zero", "\"30d\"", "\"030d\"")),
        of(rotated, "every_empty", ("A duration is empty", "\"30d\"", "\"\"")),
        of(rotated, "every_missing", ("A rotation says no duration", "every = \"30d\"\n", "")),
        of(rotated, "every_long", ("A duration has ten digits", "\"30d\"", "\"1000000000d\"")),
        of(rotated, "grace", ("A grace is no duration", "\"1d\"", "\"soon\"")),
        of(rotated, "generate_empty", ("A generator is empty", "\"alphanumeric:32\"", "\"\"")),
        of(rotated, "target_empty", ("A target is empty", "\"pg-app\"", "\"\"")),
        of(rotated, "target_command", ("A rotation names a command", "target =", "command =")),
        of(rotated, "applied", ("A boolean is a word", "applied = false", "applied = \"no\"")),
        of(rotated, "rotation_short", ("A rotation lacks a key", ", applied = false", "")),
        of(
            rotated,
            "rotation_order",
            ("A rotation's keys are swapped", "id = \"r-1\", by = \"bob\"", "by = \"bob\", id = \"r-1\""),
        ),
        of(rotated, "lease", ("A lease is no time", "2026-11-22T12:05:00Z", "2026-11-22T25:05:00Z")),
        of(FULL, "tag_long", ("A tag's name has 65 bytes", "team = \"payments\"", &long)),
        of(FULL, "tag_empty", ("A tag's name is empty", "team = \"payments\"", "\"\" = \"payments\"")),
        of(FULL, "tag_number", ("A tag is a number", "\"payments\"", "7")),
        of(
            FULL,
            "tags_empty",
            (
                "Tags are absent where there are none",
                "{ team = \"payments\", \"two words\" = \"yes\" }",
                "{}",
            ),
        ),
        of(FULL, "author", ("An author's name is none", "author = \"ana\"", "author = \"Ana\"")),
        of(FULL, "number_text", ("A number is a text", "number = 3", "number = \"3\"")),
        of(FULL, "created", ("A day does not exist", "created = 2026-11-22", "created = 2026-02-30")),
    ]
}

fn spelling(forge: &Forge) -> Vec<Case> {
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, name, expect, (comment, &[(from, to)]))
    };
    let tags = "{ team = \"payments\", \"two words\" = \"yes\" }";
    vec![
        edit("newer", "newer", "A higher format is a newer program's", ("format = 1", "format = 2")),
        edit(
            "newer_unknown",
            "newer",
            "A higher format is looked at before anything else",
            ("format = 1\n", "format = 2\nnews = 1\n"),
        ),
        edit("unknown_key", "syntax", "A key is unknown", ("keep = 2\n", "keep = 2\nacl = \"*\"\n")),
        edit(
            "unknown_version_key",
            "syntax",
            "A key of a version is unknown",
            ("born = 1\n", "born = 1\nacl = \"*\"\n"),
        ),
        edit("missing_key", "syntax", "A key is missing", ("keep = 2\n", "")),
        edit("order_of_keys", "syntax", "Two keys are swapped", ("epoch = 2\n", "")).swapped(forge),
        edit("comment", "syntax", "Comments do not stand in it", ("keep = 2\n", "keep = 2 # two\n")),
        edit("leading_zero", "reprint", "A number begins with zero", ("keep = 2", "keep = 02")),
        edit("plus", "syntax", "A number has a sign", ("keep = 2", "keep = +2")),
        edit("hex_number", "syntax", "A number is in hex", ("keep = 2", "keep = 0x2")),
        edit("escaped_letter", "reprint", "A letter is escaped", ("primary", "\\u0070rimary")),
        edit("tab_raw", "reprint", "A tab is not escaped", ("primary", "\tprimary")),
        edit("nul_raw", "reprint", "A NUL is not escaped", ("primary", "\0primary")),
        edit("del_raw", "reprint", "A DEL is not escaped", ("primary", "\u{7f}primary")),
        edit("cr_raw", "reprint", "A carriage return is not escaped", ("primary", "\rprimary")),
        edit(
            "escape_lower",
            "reprint",
            "A control character's escape is in lower case",
            ("primary", "\\u001fprimary"),
        ),
        edit("escape_upper_u", "syntax", "A character has the long escape", ("primary", "\\U0001F512")),
        edit("escape_e", "syntax", "An escape is of a later TOML", ("primary", "\\e")),
        edit("escape_plus", "reprint", "An escape has a sign in place of a digit", ("primary", "\\u+041")),
        edit("escape_surrogate", "syntax", "An escape is half a character", ("primary", "\\uD800")),
        edit(
            "multi_line",
            "syntax",
            "A text is of many lines",
            ("\"primary database\"", "\"\"\"primary database\"\"\""),
        ),
        edit(
            "tags_unsorted",
            "reprint",
            "Tags do not ascend",
            (tags, "{ \"two words\" = \"yes\", team = \"payments\" }"),
        ),
        edit("tag_twice", "reprint", "A tag stands twice", (tags, "{ team = \"a\", team = \"payments\" }")),
        edit("tag_quoted", "reprint", "A tag's name needs no quotes", ("team = ", "\"team\" = ")),
        edit("tags_dotted", "syntax", "A tag's name is dotted", ("team = ", "team.x = ")),
        edit(
            "dotted_key",
            "syntax",
            "A key is dotted",
            ("tags = { team = \"payments\", \"two words\" = \"yes\" }", "tags.team = \"payments\""),
        ),
        edit("version_table", "syntax", "Versions are no array of tables", ("[[versions]]", "[versions]")),
        edit(
            "description_empty_table",
            "syntax",
            "A table is unknown",
            ("\n[[versions]]", "\n[extra]\n\n[[versions]]"),
        ),
    ]
}

impl Case {
    /// `epoch` behind `key` instead of before it.
    fn swapped(mut self, forge: &Forge) -> Self {
        let body = forge.body(FULL).replacen("epoch = 2\n", "", 1).replacen(
            "keep = 2\n",
            "epoch = 2\nkeep = 2\n",
            1,
        );
        let bytes = forge.sign_body(FULL, body.as_bytes(), "ana");
        self.vector.sections[0].1 = crate::vector::Node::File(bytes);
        self
    }
}

/// What stands in a description is text, whatever it looks like.
fn descriptions(forge: &Forge) -> Vec<Case> {
    let text = |name: &str, comment: &str, to: &str| {
        edited(forge, &format!("description_{name}"), "success", (comment, &[("primary database", to)]))
            .value(super::secrets::DATABASE_URL)
    };
    vec![
        text("signature", "A description looks like a trailer", "\\n[signature]\\nsig = \\\"AAAA\\\"\\n"),
        text("table", "A description looks like a table", "\\n[[versions]]\\nnumber = 9\\n"),
        text("conflict", "A description looks like a conflict", "\\n<<<<<<< ours\\n"),
        text("escapes", "Every escape of the format", "\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001F\\u007F"),
        text(
            "unicode",
            "Characters beyond ASCII stand as they are",
            "\u{fc}\u{1f512}\u{202e}\u{2028}\u{feff}",
        ),
        text("empty", "A description may be empty", ""),
        edited(
            forge,
            "no_description",
            "success",
            ("A description may be absent", &[("description = \"primary database\"\n", "")]),
        )
        .value(super::secrets::DATABASE_URL),
    ]
}

fn whole(forge: &Forge) -> Vec<Case> {
    let (text, body) = (forge.text(PATH), forge.body(FULL));
    let signed = |body: &[u8]| forge.sign_body(FULL, body, "ana");
    let marked =
        replaced(&text, &[("keep = 2\n", "<<<<<<< ours\nkeep = 2\n=======\nkeep = 3\n>>>>>>> theirs\n")]);
    let at_end = text.replacen("\n[signature]\n", "\n[signature]\n<<<<<<< ours\n", 1);
    let not_text = [&body.as_bytes()[..body.len() - 3], b"\xff\"\n"].concat();
    vec![
        put("conflict", "conflict", "Git left conflict markers", marked),
        put("conflict_in_trailer", "conflict", "Git left conflict markers in the trailer", at_end),
        put(
            "conflict_signed",
            "conflict",
            "A conflict's end was signed with the rest",
            signed(format!("{body}>>>>>>> theirs\n").as_bytes()),
        ),
        put("not_text", "not-text", "A byte is no UTF-8", signed(&not_text)),
        put(
            "bom",
            "syntax",
            "A byte order mark stands in front",
            signed(format!("\u{feff}{body}").as_bytes()),
        ),
        put(
            "crlf",
            "syntax",
            "Lines of the body end in CR LF",
            signed(body.replace('\n', "\r\n").as_bytes()),
        ),
        put(
            "no_final_newline",
            "trailer",
            "The body does not end in a newline",
            signed(body.trim_end().as_bytes()),
        ),
        put(
            "blank_line_behind",
            "syntax",
            "The body ends in a blank line",
            signed(format!("{body}\n").as_bytes()),
        ),
        put("no_toml", "syntax", "The body is no TOML", signed(b"hello\n")),
        put("json", "syntax", "The body is JSON", signed(b"{\"format\":1}\n")),
    ]
}
