//! How far something long is, for whoever wants to tell a person.

/// What takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Values are sealed.
    Sealing,
    /// Keys are wrapped.
    Wrapping,
    /// Files are written.
    Writing,
    /// Secrets are verified.
    Verifying,
    /// Commits are looked at; how many there are is not always known, and then 0.
    LookingBack,
}

/// One step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub doing: Doing,
    /// How many are done, this one too.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// Who is told of each step, often and quickly one after the other.
pub type Progress<'p> = &'p dyn Fn(Step);
