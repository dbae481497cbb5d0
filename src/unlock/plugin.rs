//! The programs of age plugins, spoken to by age's own protocol (C2SP age-plugin.md): each is started for one file, with an
//! environment that has no key of ours.
//!
//! The age crate has a client too. It starts the program with the whole environment, `CVAULT_KEY` in it, and by a PATH whose
//! relative entries lead into the project.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    io::{BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    rc::Rc,
};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use rustix::fs::{Access, access};

use super::{Ask, ChildEnv};
use crate::kernel::{
    format::stanza::Stanza,
    seal::{FileKey, Passphrase, PluginFault, PluginIdentity, Plugins, Recipient},
};

/// The programs of plugins that may run here.
pub struct PluginPrograms {
    /// The plugins that may be wrapped to, as the user's own settings name them.
    pub allowed: BTreeSet<String>,
    /// The PATH.
    pub path: Option<OsString>,
    /// What they find in their environment.
    pub env: ChildEnv,
    /// Who is asked what they want to know.
    pub ask: Rc<dyn Ask>,
    typed: RefCell<BTreeMap<String, Passphrase>>,
}

impl PluginPrograms {
    /// Nothing was typed yet.
    pub fn new(allowed: BTreeSet<String>, path: Option<OsString>, env: ChildEnv, ask: Rc<dyn Ask>) -> Self {
        Self { allowed, path, env, ask, typed: RefCell::default() }
    }

    fn start(&self, plugin: &str, machine: &str) -> Result<Talk, PluginFault> {
        let program = find(plugin, self.path.as_deref().unwrap_or_default())?;
        let failed = |error| fault(plugin, format!("cannot be started: {error}"));
        let mut command = Command::new(program);
        command.arg(format!("--age-plugin={machine}")).current_dir("/");
        command.env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(failed)?;
        let input = child.stdin.take().expect("its input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Ok(Talk { plugin: plugin.to_owned(), child, input, output, typed: BTreeMap::new(), said: None })
    }

    /// Lets the plugin talk until it is done; `take` keeps what it came for.
    fn listen(&self, mut talk: Talk, mut take: impl FnMut(&Stanza)) -> Result<(), PluginFault> {
        loop {
            let stanza = talk.next()?;
            let reply = match stanza.tag.as_str() {
                "done" => break,
                "error" => {
                    talk.said.get_or_insert_with(|| String::from_utf8_lossy(&stanza.body).into_owned());
                    Stanza::new("ok", &[], b"")
                }
                "file-key" | "recipient-stanza" => {
                    take(&stanza);
                    Stanza::new("ok", &[], b"")
                }
                _ => self.reply(&mut talk, &stanza),
            };
            talk.send(&reply)?;
        }
        if let Some(message) = talk.said.take() {
            return Err(PluginFault::Says { plugin: talk.plugin.clone(), message });
        }
        // Only what the plugin was content with is given again, so that no wrong PIN is ever repeated.
        self.typed.borrow_mut().append(&mut talk.typed);
        Ok(())
    }

    /// What a person is asked or told, in the plugin's words.
    fn reply(&self, talk: &mut Talk, stanza: &Stanza) -> Stanza {
        let text = String::from_utf8_lossy(&stanza.body).into_owned();
        let fail = || Stanza::new("fail", &[], b"");
        match stanza.tag.as_str() {
            "msg" => {
                self.ask.plugin_message(&text);
                Stanza::new("ok", &[], b"")
            }
            "confirm" => {
                let word = |at: usize| {
                    let word = BASE64_STANDARD_NO_PAD.decode(stanza.args.get(at)?).ok()?;
                    String::from_utf8(word).ok()
                };
                let Some(yes) = word(0) else { return fail() };
                match self.ask.plugin_confirm(&text, &yes, word(1).as_deref()) {
                    Ok(true) => Stanza::new("ok", &["yes"], b""),
                    Ok(false) => Stanza::new("ok", &["no"], b""),
                    Err(_) => fail(),
                }
            }
            "request-public" | "request-secret" => {
                let hidden = stanza.tag == "request-secret";
                let before =
                    if talk.typed.contains_key(&text) { None } else { self.typed.borrow_mut().remove(&text) };
                let typed = match before {
                    Some(typed) => Ok(typed),
                    None => self.ask.plugin_input(&text, hidden),
                };
                typed.map_or_else(
                    |_| fail(),
                    |typed| {
                        let reply = typed.stanza("ok");
                        talk.typed.insert(text, typed);
                        reply
                    },
                )
            }
            _ => Stanza::new("unsupported", &[], b""),
        }
    }
}

impl Plugins for PluginPrograms {
    fn unwrap(&self, identity: &PluginIdentity, stanzas: &[Stanza]) -> Result<Option<FileKey>, PluginFault> {
        let mut talk = self.start(&identity.plugin, "identity-v1")?;
        talk.send(&Stanza::new("add-identity", &[&identity.text], b""))?;
        for stanza in stanzas {
            talk.send(&numbered(stanza))?;
        }
        talk.send(&Stanza::new("done", &[], b""))?;
        let mut key = None;
        let ended = self.listen(talk, |stanza| {
            if stanza.tag == "file-key" && stanza.args == ["0"] {
                key = FileKey::of(stanza);
            }
        });
        match key {
            Some(key) => Ok(Some(key)),
            None => ended.map(|()| None),
        }
    }

    fn wrap(&self, recipient: &Recipient, file_key: &FileKey) -> Result<Vec<Stanza>, PluginFault> {
        let plugin = recipient.plugin().unwrap_or_default().to_owned();
        if !self.allowed.contains(&plugin) {
            return Err(PluginFault::NotAllowed { plugin });
        }
        let mut talk = self.start(&plugin, "recipient-v1")?;
        talk.send(&Stanza::new("add-recipient", &[recipient.as_str()], b""))?;
        talk.send(&file_key.stanza("wrap-file-key"))?;
        talk.send(&Stanza::new("done", &[], b""))?;
        let mut wrapped = Vec::new();
        self.listen(talk, |stanza| {
            if let ("recipient-stanza", ["0", tag, args @ ..]) =
                (stanza.tag.as_str(), &stanza.args.iter().map(String::as_str).collect::<Vec<_>>()[..])
            {
                wrapped.push(Stanza::new(tag, args, &stanza.body));
            }
        })?;
        if wrapped.is_empty() { Err(fault(&plugin, "wrapped nothing".to_owned())) } else { Ok(wrapped) }
    }
}

/// A stanza of the one file that is talked about.
fn numbered(stanza: &Stanza) -> Stanza {
    let args = ["0", &stanza.tag].into_iter().chain(stanza.args.iter().map(String::as_str));
    Stanza::new("recipient-stanza", &args.collect::<Vec<_>>(), &stanza.body)
}

/// A conversation with one plugin, which ends with it.
struct Talk {
    plugin: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    typed: BTreeMap<String, Passphrase>,
    said: Option<String>,
}

impl Talk {
    fn send(&mut self, stanza: &Stanza) -> Result<(), PluginFault> {
        let sent = self.input.write_all(&stanza.print()).and_then(|()| self.input.flush());
        sent.map_err(|error| fault(&self.plugin, format!("does not listen: {error}")))
    }

    fn next(&mut self) -> Result<Stanza, PluginFault> {
        match Stanza::read(&mut self.output) {
            Ok(Some(stanza)) => Ok(stanza),
            Ok(None) => Err(fault(&self.plugin, "ended before it was done".to_owned())),
            Err(error) => Err(fault(&self.plugin, format!("does not speak age's protocol: {error}"))),
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It has said all that is listened to; whether it ended well by itself does not matter any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fault(plugin: &str, what: String) -> PluginFault {
    PluginFault::Failed { plugin: plugin.to_owned(), what }
}

/// The program of a plugin. A PATH with a relative entry is refused whole: the plugin's own programs would be looked for there.
fn find(plugin: &str, path: &OsStr) -> Result<PathBuf, PluginFault> {
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    if let Some(relative) = folders.iter().find(|folder| !folder.is_absolute()) {
        return Err(PluginFault::RelativePath { entry: relative.display().to_string() });
    }
    let is_program = |program: &PathBuf| is_executable(program);
    let programs = folders.iter().map(|folder| folder.join(format!("age-plugin-{plugin}")));
    programs.into_iter().find(is_program).ok_or_else(|| PluginFault::NoProgram { plugin: plugin.to_owned() })
}

fn is_executable(program: &Path) -> bool {
    program.is_file() && access(program, Access::EXEC_OK).is_ok()
}
