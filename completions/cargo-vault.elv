# Completion for elvish of `cargo-vault …` and `cargo vault …`, in rc.elv:
#
#     eval (cargo-vault completions elvish | slurp)

use str

# Completes the words behind `vault` or `cargo-vault`.
var cargo-vault-words = {|@words|
  var replies = [(try { e:cargo-vault __complete -- $@words 2>/dev/null | from-lines } catch e { nop })]
  for reply $replies {
    if (or (eq $reply ':files') (eq $reply ':folders')) {
      edit:complete-filename $words[-1]
    } elif (str:has-prefix $reply ':program ') {
      # As sudo's arguments are: a program's name, then what that program takes.
      edit:complete-sudo sudo (all $words[(num (str:trim-prefix $reply ':program '))..])
    } else {
      var parts = [(str:split "\t" $reply)]
      var word = $parts[0]
      var shown = $word
      if (> (count $parts) 1) {
        set shown = $word' ('$parts[1]')'
      }
      if (or (str:has-suffix $word '=') (str:has-suffix $word /)) {
        edit:complex-candidate &code-suffix='' &display=$shown $word
      } else {
        edit:complex-candidate &code-suffix=' ' &display=$shown $word
      }
    }
  }
}

set edit:completion:arg-completer[cargo-vault] = {|_ @words| $cargo-vault-words $@words }

# What completed cargo before, if anything did.
var cargo-vault-before = {|@words| edit:complete-filename $words[-1] }
if (has-key $edit:completion:arg-completer cargo) {
  set cargo-vault-before = $edit:completion:arg-completer[cargo]
}

set edit:completion:arg-completer[cargo] = {|cargo @words|
  var at = 0
  while (and (< $at (- (count $words) 1)) (or (str:has-prefix $words[$at] -) (str:has-prefix $words[$at] +))) {
    set at = (+ $at 1)
  }
  if (and (< $at (- (count $words) 1)) (eq $words[$at] vault)) {
    $cargo-vault-words (all $words[(+ $at 1)..])
  } elif (and (== (count $words) 1) (str:has-prefix vault $words[0])) {
    put vault
    $cargo-vault-before $cargo $@words
  } else {
    $cargo-vault-before $cargo $@words
  }
}
