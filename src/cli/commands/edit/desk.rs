//! Where a text is edited: a file in memory that is gone when this is, and the person's editor over it.

use std::{
    env::current_exe,
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::super::{super::ctx::Ctx, run::places};
use crate::{
    kernel::secret::Secret,
    run::{Editor, Ended, FilesError, Medium, Scratch, Step, Supervisor, put},
    ui::{Class, Failure},
};

/// A text above this is no document of secrets.
const MANY: u64 = 64 * 1024 * 1024;

pub(in crate::cli::commands) struct Desk {
    file: PathBuf,
    editor: Editor,
    supervisor: Supervisor,
    /// Holds the folder.
    _scratch: Scratch,
}

impl Desk {
    /// Puts a text on the desk, in a file of this name.
    pub(in crate::cli::commands) fn laid(
        ctx: &Ctx,
        on_disk: bool,
        name: &str,
        text: &Secret,
    ) -> Result<Self, Failure> {
        let parent = parent(ctx, on_disk)?;
        let failed = |error: io::Error| {
            let what = format!("no file can be made in `{}`: {error}", parent.display());
            Failure::new(Class::Refused, "edit", what)
        };
        let exe = current_exe().map_err(failed)?;
        let keeper: [OsString; 3] = ["edit".into(), "--keep-in".into(), parent.clone().into()];
        // Before the folder is there, so that no signal ends this one without the other.
        let supervisor = Supervisor::begin().map_err(failed)?;
        let scratch = Scratch::make(&exe, &keeper).map_err(failed)?;
        let file = scratch.folder().join(name);
        put(&file, text).map_err(failed)?;
        let line = ["VISUAL", "EDITOR"].into_iter().find_map(|name| ctx.variable(name));
        let editor = Editor::new(line.unwrap_or(OsStr::new("vi")), ctx.variable("PATH").unwrap_or_default());
        Ok(Self { file, editor, supervisor, _scratch: scratch })
    }

    /// Has the person edit it, and takes what is there then.
    pub(in crate::cli::commands) fn edited(&self, ctx: &Ctx) -> Result<Secret, Failure> {
        let mut command = self.editor.command(&self.file, ctx.child_env().into_iter());
        command.current_dir(&ctx.cwd);
        let child = self.supervisor.spawn(&mut command, &ctx.core)?;
        let ended = loop {
            match self.supervisor.wait(child, None) {
                Ok(Step::Ended(ended)) => break ended,
                Ok(Step::Woken | Step::TimeOver) => {}
                Err(error) => return Err(self.failed(&format!("was lost: {error}"))),
            }
        };
        match ended {
            Ended::Code(0) => read(&self.file),
            Ended::Code(code) => Err(self.failed(&format!("ended with exit code {code}"))),
            Ended::Signal(signal) => Err(self.failed(&format!("was ended by signal {signal}"))),
        }
    }

    /// What to say where nothing was changed: perhaps the editor came back before anybody could.
    pub(super) fn unchanged(&self, ctx: &Ctx) {
        ctx.ui.status("nothing changed");
        if let Some(line) = self.editor.waiting() {
            ctx.ui.help(&format!("`export EDITOR='{line}'` has this editor wait for you"));
        }
    }

    fn failed(&self, how: &str) -> Failure {
        let editor = self.editor.line().display();
        let failure = format!("nothing was changed: the editor `{editor}` {how}");
        Failure::new(Class::Refused, "editor", failure).help("`export EDITOR=vi` takes another one")
    }
}

/// The folder that the text's own is made in.
fn parent(ctx: &Ctx, on_disk: bool) -> Result<PathBuf, Failure> {
    let places = places(ctx);
    match places.folder(Medium::Memory) {
        Err(FilesError::NoMemory) => {}
        found => return Ok(found?),
    }
    let disk = &places.temporary;
    let what = "there is no folder in memory here, and what is once on a disk may stay there";
    let question = || format!("{what}; edit in `{}` all the same?", disk.display());
    if on_disk || ctx.yes || (ctx.ui.can_ask() && ctx.ui.confirm(&question(), false)?) {
        return Ok(places.folder(Medium::Any)?);
    }
    let failure = Failure::new(Class::Refused, "no-memory-folder", what);
    Err(failure.help(format!("`--on-disk` edits in `{}` all the same", disk.display())))
}

/// Whole from the start, so that no copy is left behind by a growing buffer.
fn read(path: &Path) -> Result<Secret, Failure> {
    let failed =
        |what: String| Failure::new(Class::Refused, "editor", format!("nothing was changed: {what}"));
    let gone = |error: io::Error| failed(format!("the editor took the file away: {error}"));
    let file = File::open(path).map_err(gone)?;
    let len = file.metadata().map_err(gone)?.len();
    if len > MANY {
        return Err(failed("the text is over 64 MiB".to_owned()));
    }
    let mut text = Vec::with_capacity(usize::try_from(len + 1).expect("it is short"));
    file.take(len).read_to_end(&mut text).map_err(gone)?;
    Ok(Secret::new(text))
}
