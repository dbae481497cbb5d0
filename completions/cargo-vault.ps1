# Completion for PowerShell of `cargo-vault …` and `cargo vault …`, in $PROFILE:
#
#     cargo-vault completions powershell | Out-String | Invoke-Expression
#
# PowerShell has one completion for a command: of cargo's own commands this completes none.

$__cargoVault = {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $skip = 1
    if ([System.IO.Path]::GetFileNameWithoutExtension($words[0]) -eq 'cargo') {
        while ($skip -lt $words.Count -and $words[$skip] -match '^[-+]') { $skip++ }
        if ($skip -ge $words.Count -or $words[$skip] -ne 'vault') { return }
        $skip++
    }
    $before = @($words | Select-Object -Skip $skip)
    if ($wordToComplete -ne '' -and $before.Count -gt 0) { $before = @($before | Select-Object -SkipLast 1) }
    # Windows PowerShell and PowerShell before 7.3 drop an empty argument unless it is quoted.
    $current = if ($wordToComplete -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { $wordToComplete }
    foreach ($reply in @(& cargo-vault __complete '--' @before $current 2>$null)) {
        if ($reply -match '^:') { return }
        $word, $about = $reply -split "`t", 2
        if (-not $about) { $about = $word }
        $kind = if ($word -match '^-') { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($word, $word, $kind, $about)
    }
}

Register-ArgumentCompleter -Native -CommandName 'cargo-vault', 'cargo' -ScriptBlock $__cargoVault
