# cargo vault: loads the secrets of folders that you allowed, and puts back what was there before.
# At the end of ~/.config/fish/config.fish:  cargo-vault hook fish | source

if status is-interactive
    function _cargo_vault_hook --on-event fish_prompt --on-variable PWD
        set -l cargo_vault_status $status
        # The script is one line.
        set -l cargo_vault_script (PROGRAM __hook fish)
        and eval "$cargo_vault_script"
        return $cargo_vault_status
    end
end
