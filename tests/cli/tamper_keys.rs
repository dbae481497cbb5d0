//! Key files under attack: no key that an outsider chose ever seals, and nothing in one makes the program wait, ask or run.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use cargo_vault::kernel::{
    format::path,
    seal::{EnvKey, Identity, Recipient, wrap_key},
};

use crate::{
    forge::{Forge, Team, env, env_key, identity, member, put_key, state, verify_finds},
    harness::{PROGRAM, Person, said, skipped},
};

/// Where a person's key file of `dev` lies, below the work tree.
fn key_file(name: &str, person: &Person) -> String {
    format!(".vault/{}", path::key(&env("dev"), &member(name), identity(person).recipient()))
}

/// Fails unless `get`, `run` and `set` refuse with this, at once, and nothing is sealed.
#[track_caller]
fn nothing_opens_or_seals(victim: &Person, code: i32, error: &str) {
    let before = state(victim);
    let begun = Instant::now();
    let error = format!("error: {error}");
    victim.vault(&["get", "DB"]).refused(code, &error);
    victim.vault(&["run", "true"]).refused(125, &error);
    victim.vault_with(&["set", "DB"], b"second").refused(code, &error);
    victim.vault_with(&["set", "NEW"], b"second").refused(code, &error);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(state(victim) == before, "tree or trust changed");
}

#[test]
fn key_of_an_outsider_s_choosing_opens_and_seals_nothing() {
    let team = Team::new();
    put_key(&team.bob, "dev", ("bob", identity(&team.bob).recipient()), &EnvKey::generate());
    let place = key_file("bob", &team.bob);
    let place = place.strip_prefix(".vault/").unwrap();
    let error = format!("`.vault/{place}` holds another key than the roster commits to");
    nothing_opens_or_seals(&team.bob, 5, &error);
}

/// An age file of whatever bytes, made by the `age` program; none where there is no such program.
pub(crate) fn age_file(at: &Person, recipient: &str, plain: &[u8]) -> Option<Vec<u8>> {
    at.write("../plain", plain);
    let mut command = at.command("age");
    command.args(["-a", "-r", recipient, "-o", "../wrapped", "../plain"]);
    let made = command.status().is_ok_and(|status| status.success());
    made.then(|| at.read("../wrapped"))
}

#[test]
fn key_of_another_length_is_refused() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    for length in [0, 31, 33] {
        let recipient = identity(&team.bob).recipient().to_string();
        let Some(file) = age_file(&team.bob, &recipient, &vec![7; length]) else {
            return skipped("there is no `age` here");
        };
        team.bob.write(&place, file);
        nothing_opens_or_seals(&team.bob, 5, &format!("`{place}` holds {length} bytes where a key has 32"));
    }
}

/// An armored age file with this header and no sound body.
pub(crate) fn with_header(stanzas: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mac = "A".repeat(43);
    let text =
        BASE64_STANDARD.encode(format!("age-encryption.org/v1\n{stanzas}--- {mac}\n{}", "x".repeat(64)));
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n", lines.join("\n"))
}

#[test]
fn passphrase_stanza_is_refused_at_once_and_nobody_is_asked() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    let body = "A".repeat(43);
    team.bob.write(&place, with_header(&format!("-> scrypt bBhCJJ3SJxJ8sAQ6IuSVRA 40\n{body}\n")));
    let begun = Instant::now();
    let error = format!("`{place}` asks for a passphrase");
    nothing_opens_or_seals(&team.bob, 5, &error);
    verify_finds(&team.bob, 5, &error);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn many_stanzas_are_refused_by_size_or_number() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    let stanza = format!("-> grease x\n{}\n", "A".repeat(43));
    team.bob.write(&place, with_header(&stanza.repeat(9)));
    nothing_opens_or_seals(&team.bob, 5, &format!("`{place}` has more than eight stanzas"));
    team.bob.write(&place, with_header(&stanza.repeat(6_500)));
    assert!(team.bob.read(&place).len() > 490_000);
    let error = format!("`{place}` is over 16384 bytes");
    nothing_opens_or_seals(&team.bob, 5, &error);
    verify_finds(&team.bob, 5, &error);
}

#[test]
fn missing_key_file_is_named_and_hinders_nobody_else() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    team.bob.sh(&format!("rm '{place}'"));
    let error = format!("`{place}` is missing, so this key cannot open environment `dev`");
    nothing_opens_or_seals(&team.bob, 4, &error);
    verify_finds(&team.bob, 4, &error);
    // Those whose files are there go on.
    team.bob.commit("lost");
    team.bob.git(&["push", "-q", "origin", "HEAD:main"]);
    team.carl.git(&["pull", "-q"]);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn stray_key_file_fails_verify_and_hinders_nobody() {
    let team = Team::new();
    let stranger = Identity::generate();
    let key = env_key(&team.bob, "dev", ("bob", &identity(&team.bob)));
    put_key(&team.bob, "dev", ("eve", stranger.recipient()), &key);
    let place = path::key(&env("dev"), &member("eve"), stranger.recipient());
    assert_eq!(team.bob.vault(&["get", "DB"]).ok().text(), "first");
    verify_finds(&team.bob, 5, &format!("`.vault/{place}` does not belong in a vault"));
}

#[test]
fn key_file_cut_short_and_changed_is_refused() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    let whole = team.bob.read(&place);
    team.bob.write(&place, &whole[..whole.len() / 2]);
    nothing_opens_or_seals(&team.bob, 5, &format!("`{place}` is no armored age file"));
    team.bob.write(&place, b"");
    nothing_opens_or_seals(&team.bob, 5, &format!("`{place}` is no armored age file"));
    let stranger = wrap_key(Identity::generate().recipient(), &EnvKey::generate()).unwrap();
    team.bob.write(&place, stranger);
    nothing_opens_or_seals(
        &team.bob,
        5,
        &format!("`{place}` cannot be unwrapped with the key of its recipient"),
    );
}

#[test]
fn plugin_recipient_in_the_roster_runs_no_program() {
    let mut ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let (me, mut forge) = (identity(&ana), Forge::of(&ana));
    // A sound plugin recipient, by its form: bech32 with the plugin's name in front.
    let plugin = Recipient::parse("age1x1qqqsyqcyq5rqwzqfpg9scrgwpugpzysn3sn5zr").unwrap();
    let key = env_key(&ana, "dev", ("ana", &me));
    let recipients = &mut forge.roster.members.get_mut(&member("ana")).unwrap().recipients;
    recipients.push(plugin.clone());
    recipients.sort();
    forge.sign(&me, "a plugin of mine").put(&ana);
    let file = wrap_key(me.recipient(), &key).unwrap();
    ana.write(&format!(".vault/{}", path::key(&env("dev"), &member("ana"), &plugin)), file);
    ana.commit("plugin");
    ana.write("bin/age-plugin-x", "#!/bin/sh\ntouch ran\n");
    std::fs::set_permissions(ana.path("bin/age-plugin-x"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", ana.path("bin").display());
    ana.set("PATH", path.clone());
    let with_plugin = |args: &[&str], stdin: &[u8]| {
        let mut command = ana.command("setsid");
        command.env("PATH", &path).arg("--wait").arg(PROGRAM).args(args);
        said(command, stdin)
    };
    assert_eq!(with_plugin(&["get", "DB"], b"").ok().text(), "first");
    with_plugin(&["set", "DB"], b"second").ok();
    with_plugin(&["list"], b"").ok();
    with_plugin(&["run", "true"], b"").ok();
    with_plugin(&["verify"], b"").ok();
    with_plugin(&["env", "add", "staging"], b"");
    with_plugin(&["ci", "setup"], b"");
    assert!(!ana.path("ran").exists(), "a plugin was run");
    // The program would have been found.
    assert_eq!(ana.sh(&format!("PATH='{path}' age-plugin-x && ls ran")), "ran\n");
}

#[test]
fn key_file_that_is_a_link_is_refused() {
    let team = Team::new();
    let place = key_file("bob", &team.bob);
    team.bob.sh(&format!("mv '{place}' aside && ln -s \"$PWD/aside\" '{place}'"));
    let error = format!("`{place}` is no plain file");
    nothing_opens_or_seals(&team.bob, 5, &error);
    verify_finds(&team.bob, 5, &error);
    team.bob.sh(&format!("rm '{place}' && mkfifo '{place}'"));
    nothing_opens_or_seals(&team.bob, 5, &error);
    team.bob.sh(&format!("rm '{place}' && ln -s /dev/zero '{place}'"));
    nothing_opens_or_seals(&team.bob, 5, &error);
}

#[test]
fn key_file_of_an_outsider_hinders_only_the_member_that_it_was_put_on() {
    let team = Team::new();
    put_key(&team.carl, "dev", ("bob", identity(&team.bob).recipient()), &EnvKey::generate());
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    put_key(&team.carl, "dev", ("carl", identity(&team.carl).recipient()), &EnvKey::generate());
    let place = key_file("carl", &team.carl);
    let before = state(&team.carl);
    let error = format!("error: `{place}` holds another key than the roster commits to");
    team.carl.vault(&["get", "DB"]).refused(5, &error);
    team.carl.vault(&["run", "true"]).refused(125, &error);
    assert!(state(&team.carl) == before);
}
