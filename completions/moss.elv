# Completions of moss for elvish. `moss completions elvish` prints this file;
# `moss completions --help` says where to put it.
use str

set edit:completion:arg-completer[moss] = {|@words|
    var found = []
    try {
        set found = [((external moss) completions elvish --word=$words[-1] -- (all $words[..-1]) 2>/dev/null)]
    } catch { }
    if (eq $found [:files]) {
        edit:complete-filename $@words
    } else {
        each {|line|
            var value @about = (str:split &max=2 "\t" $line)
            var display = $value
            if (not-eq $about []) {
                set display = $value' ('$about[0]')'
            }
            edit:complex-candidate $value &code-suffix=' ' &display=$display
        } $found
    }
}
