//! One vector: its headers, the files that it lays over the base vault, and the tree that a reader gets.

use std::{collections::BTreeMap, fs, path::Path};

use cargo_vault::kernel::{
    refusal::Refusal,
    tree::{Entry, EntryKind, Tree, TreeError},
};

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    File(Vec<u8>),
    /// As many bytes `x`.
    Fill(u64),
    /// As many bytes `x` and a newline.
    Line(usize),
    /// A link, a pipe, anything that is no plain file.
    Link,
    Missing,
}

/// A vector as its file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vector {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) sections: Vec<(String, Node)>,
}

impl Vector {
    pub(crate) fn header(&self, key: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The bytes of every file that it lays.
    pub(crate) fn files(self) -> impl Iterator<Item = Vec<u8>> {
        self.sections.into_iter().filter_map(|(_, node)| match node {
            Node::File(bytes) => Some(bytes),
            _ => None,
        })
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut headers, mut rest) = (Vec::new(), bytes);
        loop {
            let (line, after) = line(rest)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            let (key, value) =
                line.split_once(": ").or_else(|| line.strip_suffix(':').map(|key| (key, "")))?;
            headers.push((key.to_owned(), value.to_owned()));
        }
        let mut sections = Vec::new();
        while !rest.is_empty() {
            let (head, after) = line(rest)?;
            rest = after;
            let (what, path) = head.strip_prefix("--- ")?.split_once(' ')?;
            let node = match what.split_once(':') {
                Some(("fill", count)) => Node::Fill(count.parse().ok()?),
                Some(("line", count)) => Node::Line(count.parse().ok()?),
                Some(_) => return None,
                None if what == "missing" => Node::Missing,
                None if what == "link" => Node::Link,
                None => {
                    let (body, after) = rest.split_at_checked(what.parse().ok()?)?;
                    rest = after.strip_prefix(b"\n")?;
                    Node::File(body.to_vec())
                }
            };
            sections.push((path.to_owned(), node));
        }
        Some(Self { headers, sections })
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, value) in &self.headers {
            let line = if value.is_empty() { format!("{key}:\n") } else { format!("{key}: {value}\n") };
            out.extend_from_slice(line.as_bytes());
        }
        out.push(b'\n');
        for (path, node) in &self.sections {
            let what = match node {
                Node::File(bytes) => bytes.len().to_string(),
                Node::Fill(count) => format!("fill:{count}"),
                Node::Line(count) => format!("line:{count}"),
                Node::Link => "link".to_owned(),
                Node::Missing => "missing".to_owned(),
            };
            out.extend_from_slice(format!("--- {what} {path}\n").as_bytes());
            if let Node::File(bytes) = node {
                out.extend_from_slice(bytes);
                out.push(b'\n');
            }
        }
        out
    }
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// A vault in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Node>);

impl Memory {
    /// Everything below a folder of the disk.
    pub(crate) fn load(folder: &Path) -> Self {
        let mut memory = Self::default();
        let mut left = vec![folder.to_owned()];
        while let Some(next) = left.pop() {
            for entry in fs::read_dir(&next).expect("the base vault can be read") {
                let path = entry.expect("the base vault can be read").path();
                if path.is_dir() {
                    left.push(path);
                    continue;
                }
                let below = path.strip_prefix(folder).expect("it was listed below it");
                let bytes = fs::read(&path).expect("the base vault can be read");
                memory.0.insert(below.to_str().expect("its names are ASCII").to_owned(), Node::File(bytes));
            }
        }
        memory
    }

    /// Lays a vector's sections over the tree.
    pub(crate) fn lay(&mut self, sections: &[(String, Node)]) {
        for (path, node) in sections {
            let below = format!("{path}/");
            self.0.retain(|other, _| {
                other != path && !other.starts_with(&below) && !path.starts_with(&format!("{other}/"))
            });
            match node {
                Node::Missing => None,
                Node::Line(count) => {
                    self.0.insert(path.clone(), Node::File([vec![b'x'; *count], b"\n".to_vec()].concat()))
                }
                node => self.0.insert(path.clone(), node.clone()),
            };
        }
    }

    /// The refusal of a path that leads through something that is no folder.
    fn through(&self, path: &str) -> Result<(), TreeError> {
        for (end, _) in path.match_indices('/') {
            let path = path[..end].to_owned();
            match self.0.get(&path) {
                None => {}
                Some(Node::Link) => return Err(Refusal::NotPlain { path }.into()),
                Some(_) => return Err(Refusal::NotFolder { path }.into()),
            }
        }
        Ok(())
    }
}

impl Tree for Memory {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.through(&prefix)?;
        let mut found = BTreeMap::new();
        for (path, node) in &self.0 {
            let Some(below) = path.strip_prefix(&prefix) else { continue };
            let (name, kind) = match (below.split_once('/'), node) {
                (Some((name, _)), _) => (name, EntryKind::Folder),
                (None, Node::Link) => (below, EntryKind::Other),
                (None, _) => (below, EntryKind::File),
            };
            found.insert(name.to_owned(), kind);
        }
        Ok(found.into_iter().map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, TreeError> {
        self.through(path)?;
        let too_large = || TreeError::from(Refusal::TooLarge { path: path.to_owned(), limit: cap });
        match self.0.get(path) {
            Some(Node::File(bytes)) if bytes.len() as u64 > cap => Err(too_large()),
            Some(Node::Fill(count)) if *count > cap => Err(too_large()),
            Some(Node::File(bytes)) => Ok(Some(bytes.clone())),
            Some(Node::Fill(count)) => {
                Ok(Some(vec![b'x'; usize::try_from(*count).expect("a limit fits memory")]))
            }
            Some(Node::Link) => Err(Refusal::NotPlain { path: path.to_owned() }.into()),
            Some(Node::Missing | Node::Line(_)) => unreachable!("a tree has files and links"),
            None if self.0.keys().any(|other| other.starts_with(&format!("{path}/"))) => {
                Err(Refusal::NotPlain { path: path.to_owned() }.into())
            }
            None => Ok(None),
        }
    }
}
