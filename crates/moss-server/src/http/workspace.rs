//! The folder every agent works in, made at set-up.

use std::fs;
use std::io;
use std::path::Path;

use moss_api::visible;

/// Makes the folder unless it is there, for the user of this server, and says how it stands: agents
/// may be on other machines, so it is no fault when it cannot be made on this one.
pub fn make(root: &str) -> String {
    let path = Path::new(root);
    let shown = visible::quoted(root);
    if !path.is_absolute() {
        return format!(
            "{shown} is no absolute path, so it was not made: each agent takes it from its own folder"
        );
    }
    if path.is_dir() {
        return format!("{shown} is there already; every agent must be able to write to it");
    }
    match make_all(path) {
        Ok(()) => format!(
            "{shown} was made and belongs to the user of this server; agents of other users must be let in"
        ),
        Err(error) => format!(
            "{shown} could not be made here: {error}; make it on every machine of an agent, for its user"
        ),
    }
}

/// Nothing is left of it when it cannot be made.
fn make_all(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(path).inspect_err(|_| {
        for folder in missing {
            let _ = fs::remove_dir(folder);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::make;

    #[test]
    fn a_folder_is_made_or_it_is_said_that_it_cannot() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("a/shop");
        let shown = root.to_str().unwrap();
        assert!(make(shown).starts_with(&format!("\"{shown}\" was made and belongs to the user")));
        assert!(root.is_dir());
        assert!(make(shown).contains(" is there already"));
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let told = make(file.join("shop").to_str().unwrap());
        assert!(told.contains("could not be made here: Not a directory"), "{told}");
        assert!(make("shop").contains("no absolute path"), "it is not made where the server runs");
        assert!(!std::path::Path::new("shop").exists());
    }
}
