# cargo vault: loads the secrets of folders that you allowed, and puts back what was there before.
# At the end of ~/.bashrc:  eval "$(cargo-vault hook bash)"

_cargo_vault_hook() {
  local cargo_vault_status=$? cargo_vault_script
  if cargo_vault_script="$(PROGRAM __hook bash)"; then
    eval "$cargo_vault_script"
  fi
  # Where a failure ends the shell, this must be none.
  case $- in *e*) return 0 ;; esac
  return "$cargo_vault_status"
}
case " ${PROMPT_COMMAND[*]-} " in
  *_cargo_vault_hook*) ;;
  *)
    case "$(declare -p PROMPT_COMMAND 2>/dev/null || :)" in
      "declare -a"*) PROMPT_COMMAND=(_cargo_vault_hook ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}) ;;
      *) PROMPT_COMMAND="_cargo_vault_hook${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
    esac
    ;;
esac
