//! `moss-server prompts`: prompts and rules as Markdown files, out and back in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use moss_api::MAX_TEXT_BYTES;

use crate::cli::configured::{ConfigFile, Configured};
use crate::cli::output::println;
use crate::domain::prompts::{Import, TextFile, export};
use crate::files;
use crate::store::open_current;
use crate::writer::one_off_write;

/// The folders the files are in.
const FOLDERS: [&str; 3] = ["templates", "agents", "rules"];
/// Longest file, in bytes: a text, and what it is before it.
const MAX_FILE: u64 = MAX_TEXT_BYTES as u64 + 8 * 1024;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Prompts {
    /// Write every prompt and rule into a folder; what it has of them is written over
    Export {
        /// The folder; made unless it is there
        folder: PathBuf,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Let prompts and rules say what the files of a folder say, each as a new version; all or none
    Import {
        /// The folder
        folder: PathBuf,
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Prompts {
    /// Does it.
    ///
    /// # Errors
    /// When a file cannot be read or written, or says what cannot be.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Export { folder, config } => write(&folder, &Configured::load(config)?).await,
            Self::Import { folder, config } => read(&folder, &Configured::load(config)?).await,
        }
    }
}

async fn write(folder: &Path, server: &Configured) -> anyhow::Result<()> {
    let db = open_current(&server.database()?).await?;
    let texts = export(&db).await;
    db.close().await?;
    let texts = texts?;
    for text in &texts {
        let path = folder.join(&text.path);
        let shown = || format!("{} cannot be written", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(shown)?;
        fs::write(&path, &text.text).with_context(shown)?;
    }
    println!("wrote {} files into {}", texts.len(), folder.display());
    Ok(())
}

async fn read(folder: &Path, server: &Configured) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    for within in FOLDERS {
        let path = folder.join(within);
        if !path.is_dir() {
            continue;
        }
        let mut names: Vec<_> = fs::read_dir(&path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .with_context(|| format!("{} cannot be read", path.display()))?;
        names.sort();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|it| it.ends_with(".md")) {
            let file = path.join(name);
            let text = files::read_text(&file, MAX_FILE)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            texts.push(TextFile { path: format!("{within}/{name}"), text });
        }
    }
    if texts.is_empty() {
        bail!("there is no file in {}: they are in {}", folder.display(), FOLDERS.join(", "));
    }
    let import = Import { files: texts };
    let done = one_off_write(&server.database()?, server.config.timings(), &import).await?;
    println!("{} made, {} changed, {} as they were", done.made, done.changed, done.same);
    Ok(())
}
