# cargo vault: loads the secrets of folders that you allowed, and puts back what was there before.
# At the end of $PROFILE:  Invoke-Expression ((cargo-vault hook powershell) -join "`n")

function global:_CargoVaultHook {
    $script = & PROGRAM __hook powershell
    if ($LASTEXITCODE -eq 0 -and $script) { Invoke-Expression ($script -join "`n") }
}
if (-not (Test-Path Variable:global:_CargoVaultPrompt)) {
    $global:_CargoVaultPrompt = $function:prompt
    function global:prompt {
        $ok, $code = $?, $global:LASTEXITCODE
        _CargoVaultHook
        $global:LASTEXITCODE = $code
        # The prompt that was there before sees `$?` as it was.
        if (-not $ok) { Write-Error '' -ErrorAction Ignore }
        & $global:_CargoVaultPrompt
    }
}
