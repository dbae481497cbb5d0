//! The page that a report writes its lines, pairs and tables on, and the report itself: text and JSON from one value.

use anstyle::Style;

use super::escape::printable;

const GUTTER: &str = "  ";
/// What is cut keeps at least so much, even where the line wraps then.
const LEAST: usize = 8;

/// The answer of a command.
pub trait Report {
    /// Writes the answer for a person.
    fn text(&self, page: &mut Page);

    /// The answer for a program: an object, to which `"schema": 1` is put first.
    fn json(&self) -> serde_json::Value;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Strong,
    Dim,
}

/// A piece of a line, with the weight that it has for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    tone: Tone,
    text: String,
    cut: bool,
}

impl Word {
    /// Text like any other.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::toned(Tone::Plain, text.as_ref())
    }

    /// What the eye should find first.
    pub fn strong(text: impl AsRef<str>) -> Self {
        Self::toned(Tone::Strong, text.as_ref())
    }

    /// What may be passed over.
    pub fn dim(text: impl AsRef<str>) -> Self {
        Self::toned(Tone::Dim, text.as_ref())
    }

    fn toned(tone: Tone, text: &str) -> Self {
        Self { tone, text: printable(text).into_owned(), cut: false }
    }

    /// The same, cut at the edge of a terminal where it stands last in its row.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    /// What is left of it in so much room.
    fn within(&self, room: usize) -> Self {
        if !self.cut || self.width() <= room.max(LEAST) {
            return self.clone();
        }
        let mut text: String = self.text.chars().take(room.max(LEAST) - 1).collect();
        text.push('…');
        Self { text, ..self.clone() }
    }

    fn style(&self) -> Style {
        match self.tone {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Dim => Style::new().dimmed(),
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: AsRef<str>> From<T> for Word {
    fn from(text: T) -> Self {
        Self::plain(text)
    }
}

/// Lines for a person. Everything written on it is escaped, so text from a tree can be written as it is.
#[derive(Debug)]
pub struct Page {
    styled: bool,
    text: String,
    /// How wide the terminal is that it is for.
    columns: Option<usize>,
}

impl Page {
    pub(super) fn new(styled: bool) -> Self {
        Self { styled, text: String::new(), columns: None }
    }

    pub(super) fn within(self, columns: Option<usize>) -> Self {
        Self { columns, ..self }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes one line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.words(&[Word::plain(text)]);
    }

    /// Writes one line of pieces, one right after the other.
    pub fn words(&mut self, words: &[Word]) {
        words.iter().for_each(|word| self.word(word));
        self.text.push('\n');
    }

    /// Writes an empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Writes what things are called and what they are, indented, one a line. An empty name goes on with the one above.
    pub fn pairs<N: AsRef<str>, T: AsRef<str>>(&mut self, pairs: &[(N, T)]) {
        let rows: Vec<_> =
            pairs.iter().map(|(name, text)| vec![Word::plain(name), Word::plain(text)]).collect();
        self.rows(GUTTER, &rows);
    }

    /// Writes rows under strong headings; none where there are no headings. Columns are told by spaces alone.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<Word>]) {
        let cut = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|word| word.cut));
        let head = headings.iter().enumerate().map(|(column, heading)| {
            let word = Word::strong(heading);
            if cut(column) { word.cut() } else { word }
        });
        let head = head.collect();
        let all: Vec<Vec<Word>> = if headings.is_empty() { Vec::new() } else { vec![head] };
        self.rows("", &[&all, rows].concat());
    }

    fn rows(&mut self, indent: &str, rows: &[Vec<Word>]) {
        let widths = widths(rows);
        for row in rows {
            let used = row.iter().rposition(|word| !word.text.is_empty()).map_or(0, |last| last + 1);
            self.text.push_str(indent);
            let before: usize = widths.iter().take(used.max(1) - 1).map(|width| width + GUTTER.len()).sum();
            for (column, word) in row[..used].iter().enumerate() {
                match self.columns.filter(|_| column + 1 == used) {
                    Some(columns) => self.word(&word.within(columns.saturating_sub(before + indent.len()))),
                    None => self.word(word),
                }
                if column + 1 < used {
                    let padding = widths[column] - word.width();
                    self.text.extend(std::iter::repeat_n(' ', padding + GUTTER.len()));
                }
            }
            self.text.push('\n');
        }
    }

    /// Writes a word such as `error`, a colon, and what there is to say.
    pub(super) fn accent(&mut self, style: Style, label: &str, text: &str) {
        self.styled(style, label);
        self.styled(Style::new().bold(), ":");
        self.text.push(' ');
        self.line(text);
    }

    fn word(&mut self, word: &Word) {
        self.styled(word.style(), &word.text);
    }

    fn styled(&mut self, style: Style, text: &str) {
        if !self.styled || style == Style::new() {
            return self.text.push_str(text);
        }
        self.text.push_str(&format!("{style}{text}{style:#}"));
    }
}

fn widths(rows: &[Vec<Word>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column| rows.iter().filter_map(|row| row.get(column)).map(Word::width).max().unwrap_or(0);
    (0..columns).map(width).collect()
}
