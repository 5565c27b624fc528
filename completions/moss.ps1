# Completions of moss for PowerShell. `moss completions powershell` prints this file;
# `moss completions --help` says where to put it.
Register-ArgumentCompleter -Native -CommandName moss -ScriptBlock {
    param($word, $ast, $cursor)
    $before = @($ast.CommandElements | Where-Object {
        $_.Extent.EndOffset -lt $cursor -or ($word -eq '' -and $_.Extent.EndOffset -le $cursor)
    } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $moss = Get-Command moss -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($null -eq $moss) { return }
    foreach ($line in @(& $moss.Source completions powershell "--word=$word" -- $before 2>$null)) {
        if ($line -eq ':files') { return } # PowerShell completes files when nothing is offered
        $value, $about = $line -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
