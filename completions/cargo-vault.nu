# Completion for Nushell of `cargo-vault …` and `cargo vault …`. Save it, and in config.nu, behind any other external completer:
#
#     source cargo-vault.nu

# The candidates for a line that is split into words; null where files or something else complete it.
def __cargo_vault_candidates [spans: list<string>] {
    let program = ($spans | first | path parse | get stem)
    let rest = ($spans | skip 1)
    let words = if $program == "cargo-vault" {
        $rest
    } else {
        let behind = ($rest | skip while {|word| $word =~ '^[-+]' })
        if ($behind | length) < 2 or ($behind | first) != "vault" { return null }
        $behind | skip 1
    }
    let answer = (^cargo-vault __complete -- ...$words | complete)
    let replies = ($answer.stdout | lines)
    if ($replies | any {|reply| $reply starts-with ":" }) { return null }
    $replies | each {|reply|
        let parts = ($reply | split row "\t")
        { value: ($parts | first), description: ($parts.1? | default "") }
    }
}

let cargo_vault_before = $env.config?.completions?.external?.completer?

$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans|
    let program = ($spans | first | path parse | get stem)
    let ours = ($program == "cargo-vault") or ($program == "cargo" and ("vault" in ($spans | skip 1 | drop 1)))
    if $ours {
        __cargo_vault_candidates $spans
    } else if $cargo_vault_before != null {
        do $cargo_vault_before $spans
    }
}
