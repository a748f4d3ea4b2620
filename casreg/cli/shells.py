"""The scripts that a shell reads to complete words: ``casreg completion SHELL`` prints them."""

from __future__ import annotations

from typing import Final

_BASH: Final = r"""_casreg() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(_CASREG_COMPLETE=bash COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
}
complete -o bashdefault -o default -F _casreg casreg
"""
_ZSH: Final = r"""#compdef casreg
_casreg() {
    local -a found before
    before=("${(@Q)words[2,CURRENT-1]}")
    found=("${(@f)$(_CASREG_COMPLETE=words "${words[1]}" "${(@)before}" "${(Q)PREFIX}" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( $#found )); then
        compadd -- "${(@)found}"
    else
        _files
    fi
}
if [ "$funcstack[1]" = "_casreg" ]; then
    _casreg "$@"
else
    compdef _casreg casreg
fi
"""
_FISH: Final = r"""function __casreg_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (_CASREG_COMPLETE=words $words[1] $words[2..-1] "$word" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete --command casreg --no-files --arguments '(__casreg_complete)'
"""

SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
