//! What to do when a text of many values, or one with references to secrets, is not in order.

use crate::{
    interchange::{
        BatchError, BatchFault, DotenvError, DotenvFault, KeysError, TemplateError, TemplateFault,
    },
    ui::{Class, Failure},
    vault::VaultError,
};

/// How many faults are told one by one.
const SHOWN: usize = 20;

/// Explains a batch that was not taken.
pub(super) fn batch(error: &BatchError) -> Failure {
    values("standard input", error)
}

/// Explains a text of many values that was not taken.
pub(in crate::cli) fn values(of: &str, error: &BatchError) -> Failure {
    let failure = shown(Failure::new(Class::Usage, "batch", format!("{of}: {error}")), &error.faults);
    match error.faults.iter().find_map(hint) {
        Some(hint) => failure.help(hint),
        None => failure,
    }
}

/// Tells faults one by one, where there are several.
fn shown<T: ToString>(mut failure: Failure, faults: &[T]) -> Failure {
    let told = if faults.len() > 1 { faults } else { &[] };
    let names = std::iter::once("faults").chain(std::iter::repeat(""));
    for (fault, name) in told.iter().take(SHOWN).zip(names) {
        failure = failure.detail(name, fault.to_string());
    }
    if told.len() > SHOWN {
        failure = failure.detail("", format!("and {} more", told.len() - SHOWN));
    }
    failure
}

/// Explains a template that was not taken.
pub(in crate::cli) fn template(of: &str, error: &TemplateError) -> Failure {
    let what = match &error.faults[..] {
        [fault] => fault.to_string(),
        _ => error.to_string(),
    };
    let failure = shown(Failure::new(Class::Usage, "template", format!("{of}: {what}")), &error.faults);
    hinted(failure, error.faults.iter().find_map(template_hint))
}

fn template_hint(fault: &TemplateFault) -> Option<&'static str> {
    match fault {
        TemplateFault::Unclosed { .. } | TemplateFault::Unknown { .. } => Some(
            "a reference is written {{ vault \"NAME\" }}, and two braces as text {{ vault literal \"{{\" }}",
        ),
        TemplateFault::Name { .. } | TemplateFault::Env { .. } => Some(
            "a reference is written cvault://ENV/NAME, and the word as text {{ vault literal \"cvault\" }}://",
        ),
        TemplateFault::Filter { .. } => Some("`json`, `base64` and `url` are filters"),
        TemplateFault::NotText { .. } => Some("`base64` is a filter that takes any bytes"),
        TemplateFault::TooLarge | TemplateFault::Swollen => None,
    }
}

/// Explains a dotenv file that was not taken.
pub(in crate::cli) fn dotenv(of: &str, error: &DotenvError) -> Failure {
    let what = match &error.faults[..] {
        [fault] => fault.to_string(),
        _ => error.to_string(),
    };
    let failure = shown(Failure::new(Class::Usage, "dotenv", format!("{of}: {what}")), &error.faults);
    hinted(failure, error.faults.iter().find_map(dotenv_hint))
}

fn dotenv_hint(fault: &DotenvFault) -> Option<&'static str> {
    match fault {
        DotenvFault::Template(fault) => template_hint(fault),
        DotenvFault::Expansion { .. } => Some("between single quotes `$` is a character as any other"),
        DotenvFault::NotVariable { .. } => {
            Some("a variable's name holds letters, digits and `_`, and begins with no digit")
        }
        DotenvFault::TooLarge
        | DotenvFault::NoEquals { .. }
        | DotenvFault::Name { .. }
        | DotenvFault::Twice { .. }
        | DotenvFault::Unclosed { .. }
        | DotenvFault::Behind { .. } => None,
    }
}

fn hinted(failure: Failure, hint: Option<&'static str>) -> Failure {
    match hint {
        Some(hint) => failure.help(hint),
        None => failure,
    }
}

/// Explains references that lead to no value, each with where it stands. One alone is told as it is.
pub(in crate::cli) fn unfilled(mut faults: Vec<(String, VaultError)>) -> Failure {
    let several = faults.len() > 1;
    if !several && let Some((place, fault)) = faults.pop() {
        let failure = Failure::from(fault);
        return Failure { error: format!("{place}: {}", failure.error), ..failure };
    }
    let absent = |fault: &VaultError| Failure::from_ref(fault).class == Class::NotFound;
    let class = match faults.iter().find(|(_, fault)| !absent(fault)) {
        Some((_, fault)) => Failure::from_ref(fault).class,
        None => Class::NotFound,
    };
    let error = format!("{} references lead to no value", faults.len());
    let told: Vec<String> = faults.iter().map(|(place, fault)| format!("{place}: {fault}")).collect();
    shown(Failure::new(class, "references", error), &told)
}

/// Explains a text that gave no public keys.
pub(super) fn public_keys(error: &KeysError) -> Failure {
    let failure = Failure::new(Class::Usage, "public-keys", format!("standard input: {error}"));
    match error {
        KeysError::Empty | KeysError::NoKey { .. } => {
            failure.help("a line is as in `authorized_keys`, or a recipient of age; see what is sent before it is piped here")
        }
        KeysError::NoneUsable { .. } => failure
            .help("`cargo vault join`, typed by who is to come in, makes a key and asks with it"),
    }
}

fn hint(fault: &BatchFault) -> Option<&'static str> {
    match fault {
        BatchFault::NoEquals { .. } => {
            Some("`--batch=null` takes values of several lines, each ended by NUL, as `env -0` prints them")
        }
        BatchFault::NotString { .. } => Some("write it as a string, or set it alone with `--kind json`"),
        BatchFault::Empty
        | BatchFault::Name { .. }
        | BatchFault::Twice { .. }
        | BatchFault::TooLarge { .. }
        | BatchFault::NotJson { .. }
        | BatchFault::NotObject
        | BatchFault::NotUtf8
        | BatchFault::Surrogate { .. } => None,
        BatchFault::NotToml { .. } => {
            Some("a value is written \"…\" with escapes, '…' without, or '''…''' for several lines")
        }
        BatchFault::NotBase64 { .. } => {
            Some("bytes are written { base64 = \"…\" }, in the usual alphabet with `=` behind")
        }
    }
}
