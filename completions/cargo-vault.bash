# Completion for bash of `cargo-vault …` and `cargo vault …`, in ~/.bashrc:
#
#     eval "$(cargo-vault completions bash)"
#
# It goes behind a line that loads cargo's own completion, which goes on to work for all else. Bash does not tell what is set
# before the command: behind `CVAULT_ENV=prod cargo vault get` the names are those of the shell's own environment.

# Completes the words behind the first $1 of the line up to the cursor. They are taken from the line and not from COMP_WORDS,
# where bash has split them at `=`, `:` and `@`. Nothing of them is evaluated.
_cargo_vault_words() {
    local line=${COMP_LINE:0:COMP_POINT} skip=$1 word='' quote='' started='' char i
    local -a words=()
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        if [[ -n $quote ]]; then
            if [[ $char == "$quote" ]]; then quote=''; else word+=$char; fi
        elif [[ $char == [[:space:]] ]]; then
            if [[ -n $started ]]; then words+=("$word"); fi
            word='' started=''
            continue
        elif [[ $char == "'" || $char == '"' ]]; then
            quote=$char
        elif [[ $char == \\ ]]; then
            i=$((i + 1))
            word+=${line:i:1}
        else
            word+=$char
        fi
        started=1
    done
    words+=("$word")

    local -a replies=()
    local reply
    # Bash 3.2, as macOS has it, has no `mapfile`.
    if type mapfile >/dev/null 2>&1; then
        mapfile -t replies < <(command cargo-vault __complete -- "${words[@]:skip}" 2>/dev/null)
    else
        while IFS= read -r reply; do
            replies+=("$reply")
        done < <(command cargo-vault __complete -- "${words[@]:skip}" 2>/dev/null)
    fi

    COMPREPLY=()
    case ${replies[0]-} in
    '') return ;;
    :files) _cargo_vault_option default ;;
    :folders) _cargo_vault_option dirnames ;;
    :program*) _cargo_vault_program "$((skip + ${replies[0]##* }))" ;;
    *)
        # What a candidate is stands behind a tab; and bash replaces only what is behind the last `=`, `:` or `@`.
        replies=("${replies[@]%%$'\t'*}")
        case $word in
        *[=:@]*) word=${word%"${word##*[=:@]}"} ;;
        *) word='' ;;
        esac
        COMPREPLY=("${replies[@]#"$word"}")
        if [[ ${#replies[@]} == 1 && ${replies[0]} == *[=/] ]]; then _cargo_vault_option nospace; fi
        ;;
    esac
}

# Sets an option of this one completion, which Bash 3.2 cannot.
_cargo_vault_option() {
    if type compopt >/dev/null 2>&1; then compopt -o "$1" 2>/dev/null; fi
}

# The program behind `cargo vault run --`, $1 words from the start of the line.
_cargo_vault_program() {
    if type _command_offset >/dev/null 2>&1; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        _cargo_vault_option filenames
        local name
        while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
    else
        _cargo_vault_option default
    fi
}

_cargo_vault() {
    _cargo_vault_words 1
}

# Where `vault` is cargo's command, ours; else cargo's own completion.
_cargo_vault_of_cargo() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        vault)
            _cargo_vault_words "$((i + 1))"
            return
            ;;
        [-+]*) ;;
        *) break ;;
        esac
    done
    if [[ -z $_cargo_vault_before ]] && type _completion_loader >/dev/null 2>&1; then
        # Loads cargo's completion as if ours were not there, and then goes before it again.
        complete -r cargo
        _completion_loader cargo
        _cargo_vault_join
    fi
    if [[ -n $_cargo_vault_before ]]; then
        "$_cargo_vault_before" "$@"
    elif ((COMP_CWORD == 1)) && [[ vault == "${COMP_WORDS[1]}"* ]]; then
        COMPREPLY=(vault)
    else
        _cargo_vault_option default
    fi
}

# Goes before the function that completes cargo, if there is one.
_cargo_vault_join() {
    local spec
    spec=$(complete -p cargo 2>/dev/null)
    case $spec in
    *_cargo_vault_of_cargo*) ;;
    *" -F "*)
        spec=${spec#* -F }
        _cargo_vault_before=${spec%% *}
        ;;
    *) _cargo_vault_before= ;;
    esac
    complete -o bashdefault -o default -F _cargo_vault_of_cargo cargo
}

complete -F _cargo_vault cargo-vault
_cargo_vault_join
