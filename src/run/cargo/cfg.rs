//! Whether a `cfg(…)` of cargo's configuration is true of a target (the grammar is that of the Rust reference, "Conditional
//! compilation").

use std::collections::BTreeSet;

/// How deep `all`, `any` and `not` may be nested.
const DEPTH: usize = 32;

/// Whether `cfg(…)` is true, where each line of `known` is as `rustc --print cfg` prints it. One that does not parse is not:
/// cargo says what is wrong with it.
pub(super) fn is_true(expression: &str, known: &BTreeSet<String>) -> bool {
    let inner = expression.trim().strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
    inner.and_then(|inner| one(inner, known, DEPTH)).unwrap_or(false)
}

fn one(text: &str, known: &BTreeSet<String>, depth: usize) -> Option<bool> {
    let text = text.trim();
    let depth = depth.checked_sub(1)?;
    let Some((name, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return single(text, known);
    };
    let parts: Vec<bool> = commas(inner).map(|part| one(part, known, depth)).collect::<Option<_>>()?;
    match name.trim() {
        "all" => Some(parts.iter().all(|part| *part)),
        "any" => Some(parts.iter().any(|part| *part)),
        "not" => (parts.len() == 1).then(|| !parts[0]),
        _ => None,
    }
}

fn single(text: &str, known: &BTreeSet<String>) -> Option<bool> {
    match text.split_once('=') {
        Some((key, value)) => Some(known.contains(&format!("{}={}", key.trim(), value.trim()))),
        None if text == "true" || text == "false" => Some(text == "true"),
        None => (!text.is_empty()).then(|| known.contains(text)),
    }
}

/// The parts between commas that stand in no parentheses and no string.
fn commas(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let parts = text.split(move |c| {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && !quoted
    });
    parts.filter(|part| !part.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_true;

    fn on_linux(expression: &str) -> bool {
        is_true(expression, &["unix", "target_os=\"linux\""].map(str::to_owned).into())
    }

    #[test]
    fn names_and_pairs_are_true_if_the_compiler_prints_them() {
        let all = ["cfg(unix)", "cfg( target_os = \"linux\" )", "cfg(windows)", "cfg(target_os=\"macos\")"];
        assert_eq!(all.map(on_linux), [true, true, false, false]);
    }

    #[test]
    fn all_any_and_not_nest() {
        let all = ["cfg(all())", "cfg(any())", "cfg(not(windows))", "cfg(any(windows, all(unix, not(x),),))"];
        assert_eq!(all.map(on_linux), [true, false, true, true]);
    }

    #[test]
    fn what_does_not_parse_is_not_true() {
        let all =
            ["unix", "cfg(unix", "cfg()", "cfg(not(unix, windows))", "cfg(some(unix))", "cfg(all(unix)"];
        assert_eq!(all.map(on_linux), [false; 6]);
    }
}
