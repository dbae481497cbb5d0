//! Progress in words.

use crate::{
    ui::Ui,
    vault::{Doing, Step},
};

/// Shows each step that it is told of, until it is dropped.
pub(super) fn told(ui: &Ui) -> impl Fn(Step) {
    let progress = ui.progress();
    move |step| {
        progress.tell(|| {
            let Step { doing, done, of } = step;
            match doing {
                Doing::Sealing => format!("sealing {done} of {of}"),
                Doing::Wrapping => format!("wrapping keys: {done} of {of}"),
                // Its steps are no files, so their number says nothing.
                Doing::Writing => format!("writing: {} %", done * 100 / of.max(1)),
                Doing::Verifying => format!("verifying {done} of {of}"),
                Doing::LookingBack if of == 0 => format!("looking at commit {done}"),
                Doing::LookingBack => format!("looking at commit {done} of {of}"),
            }
        });
    }
}
