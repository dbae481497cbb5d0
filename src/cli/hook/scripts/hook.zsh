# cargo vault: loads the secrets of folders that you allowed, and puts back what was there before.
# At the end of ~/.zshrc:  eval "$(cargo-vault hook zsh)"

_cargo_vault_hook() {
  local cargo_vault_status=$? cargo_vault_script
  # `(cd elsewhere; …)` has no prompt, and ends soon.
  if (( ZSH_SUBSHELL == 0 )) && cargo_vault_script="$(PROGRAM __hook zsh)"; then
    eval "$cargo_vault_script"
  fi
  # Where a failure ends the shell, this must be none.
  [[ -o err_exit ]] && return 0
  return $cargo_vault_status
}
typeset -ga precmd_functions chpwd_functions
if (( ! ${precmd_functions[(I)_cargo_vault_hook]} )); then
  precmd_functions=(_cargo_vault_hook $precmd_functions)
fi
if (( ! ${chpwd_functions[(I)_cargo_vault_hook]} )); then
  chpwd_functions=(_cargo_vault_hook $chpwd_functions)
fi
