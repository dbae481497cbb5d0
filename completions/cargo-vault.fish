# Completion for fish of `cargo-vault …` and `cargo vault …`:
#
#     cargo-vault completions fish > ~/.config/fish/conf.d/cargo-vault.fish

# The words behind `vault` or `cargo-vault` up to the cursor, and how many stand before them; fails where there is neither.
function __cargo_vault_words
    set -l tokens (commandline -opc)
    set -l skip 0
    for token in $tokens
        set skip (math $skip + 1)
        if string match -qr '^[A-Za-z_][A-Za-z0-9_]*=' -- $token
            continue
        end
        switch $token
            case cargo-vault '*/cargo-vault' vault
                echo $skip
                return 0
            case cargo '*/cargo' '-*' '+*'
            case '*'
                return 1
        end
    end
    return 1
end

function __cargo_vault_complete
    set -l skip (__cargo_vault_words); or return
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l set (string match -r '^CVAULT_(?:ENV|DIR)=.*' -- $tokens[1..$skip])
    set -l words
    if test $skip -lt (count $tokens)
        set words $tokens[(math $skip + 1)..-1]
    end
    set -l replies (command cargo-vault __complete $set -- $words $current 2>/dev/null)
    # In `--file=PATH` the path alone is completed, and the whole is put in its place.
    set -l flag (string match -r '^--[a-z-]+=' -- $current)
    switch "$replies[1]"
        case ':files'
            __fish_complete_path (string replace -r '^--[a-z-]+=' '' -- $current) | string replace -r '^' -- "$flag"
        case ':folders'
            __fish_complete_directories (string replace -r '^--[a-z-]+=' '' -- $current) | string replace -r '^' -- "$flag"
        case ':program*'
            set -l at (math $skip + 1 + (string split ' ' -- $replies[1])[2])
            set -l rest
            if test $at -le (count $tokens)
                set rest (string escape -- $tokens[$at..-1])
            end
            complete -C (string join ' ' -- $rest (string escape -n -- $current))
        case '*'
            printf '%s\n' $replies
    end
end

complete -c cargo-vault -f -a '(__cargo_vault_complete)'
complete -c cargo -n '__cargo_vault_words >/dev/null' -f -a '(__cargo_vault_complete)'
complete -c cargo -n __fish_use_subcommand -f -a vault -d 'A team\'s secrets in its git repository'
