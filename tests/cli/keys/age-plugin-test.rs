//! A small age plugin, built by the tests: it wraps a file key by turning its bits over, asks for a PIN where one is set, and
//! writes down what it was started with. Its settings come from files beside it, since its environment is under test.

use std::{
    env, fs,
    io::{self, BufRead, Write},
    path::PathBuf,
    process::exit,
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(ALPHABET[(word >> (18 - 6 * i)) as usize & 63] as char);
        }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let (mut word, mut bits, mut bytes) = (0u32, 0, Vec::new());
    for byte in text.bytes() {
        let six = ALPHABET.iter().position(|other| *other == byte).expect("it is base64") as u32;
        (word, bits) = (word << 6 | six, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    bytes
}

struct Stanza {
    words: Vec<String>,
    body: Vec<u8>,
}

fn read() -> Stanza {
    let mut lines = io::stdin().lock().lines();
    let head = match lines.next() {
        Some(line) => line.expect("the client speaks"),
        None => exit(1),
    };
    let words = head.strip_prefix("-> ").expect("it is a stanza").split(' ').map(str::to_owned).collect();
    let mut text = String::new();
    loop {
        let line = lines.next().expect("a body ends").expect("the client speaks");
        text.push_str(&line);
        if line.len() < 64 {
            return Stanza { words, body: decode(&text) };
        }
    }
}

fn write(head: &str, body: &[u8]) {
    let mut text = format!("-> {head}\n");
    let body = encode(body);
    for line in body.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).expect("it is ASCII"));
        text.push('\n');
    }
    if body.len() % 64 == 0 {
        text.push('\n');
    }
    io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).expect("the client listens");
}

fn turned(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| !byte).collect()
}

fn setting(name: &str) -> Option<String> {
    let program: PathBuf = env::current_exe().expect("it is a file");
    fs::read_to_string(program.with_file_name(name)).ok()
}

fn write_down() {
    let program: PathBuf = env::current_exe().expect("it is a file");
    let mut log = fs::OpenOptions::new().create(true).append(true).open(program.with_file_name("log")).expect("a log");
    writeln!(log, "args {:?}", env::args().skip(1).collect::<Vec<_>>()).expect("it is written");
    env::vars_os().for_each(|(name, value)| writeln!(log, "{name:?}={value:?}").expect("it is written"));
}

fn asked_for_pin() -> bool {
    let Some(pin) = setting("pin") else { return true };
    write("msg", b"touch the token");
    read();
    write("request-secret", b"PIN of the token:");
    let answer = read();
    answer.words[0] == "ok" && answer.body == pin.as_bytes()
}

fn main() {
    write_down();
    let machine = env::args().nth(1).expect("it is told its part");
    let mut stanzas = Vec::new();
    loop {
        let stanza = read();
        if stanza.words[0] == "done" {
            break;
        }
        stanzas.push(stanza);
    }
    match setting("behave").as_deref() {
        Some("die") => exit(3),
        Some("babble") => println!("what?"),
        _ => {}
    }
    if machine == "--age-plugin=recipient-v1" {
        let key = stanzas.iter().find(|stanza| stanza.words[0] == "wrap-file-key").expect("there is a key");
        write("recipient-stanza 0 test", &turned(&key.body));
        read();
    } else if !asked_for_pin() {
        write("error internal", b"that is not the PIN");
        read();
    } else {
        let mine = |stanza: &&Stanza| stanza.words[0] == "recipient-stanza" && stanza.words[2] == "test";
        if let Some(stanza) = stanzas.iter().find(mine) {
            write("file-key 0", &turned(&stanza.body));
            read();
        }
    }
    write("done", b"");
}
