//! Annotations of GitHub Actions: commands of a workflow, one a line, in which nothing of the repository can begin another.

use crate::ui::printable;

/// How grave an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Notice,
}

/// One annotation: of a file, if it is about one.
pub(super) fn annotation(level: Level, file: Option<&str>, title: &str, message: &[String]) -> String {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let file = file.map(|file| format!("file={},", property(file))).unwrap_or_default();
    let message: Vec<String> = message.iter().map(|line| data(line)).collect();
    format!("::{level} {file}title={}::{}", property(title), message.join("%0A"))
}

/// As the runner takes a message back: first made safe to show, so that no line ends in it.
fn data(text: &str) -> String {
    escaped(&printable(text))
}

/// As it takes a property back, which a colon or comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::{Level, annotation};

    #[test]
    fn nothing_in_a_name_ends_its_property_or_line() {
        let line = annotation(Level::Error, Some(".vault/a,b:c%\n::set-env name=X::y"), "t::", &[]);
        assert_eq!(line, "::error file=.vault/a%2Cb%3Ac%25\\n%3A%3Aset-env name=X%3A%3Ay,title=t%3A%3A::");
    }

    #[test]
    fn message_stays_on_one_line_and_means_what_it_says() {
        let message = ["100 % of it\r\n::stop-commands::x".to_owned(), "second".to_owned()];
        let line = annotation(Level::Notice, None, "vault", &message);
        assert_eq!(line, "::notice title=vault::100 %25 of it\\r\\n::stop-commands::x%0Asecond");
    }
}
