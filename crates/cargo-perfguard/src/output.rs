//! Where results go: to the terminal, or into a file.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::escape::escape;
use crate::workspace::folder_of;

/// For what is no terminal, and the most on one: longer lines are hard to read.
const WIDTH: usize = 100;
const MAX_WIDTH: usize = 140;

#[derive(Args, Debug)]
pub(crate) struct Output {
    /// Writes to a file, and nothing to the terminal
    #[arg(long = "output", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

impl Output {
    /// Writes text that may be styled.
    pub(crate) fn write(&self, text: &str) -> Result<(), String> {
        let Some(path) = &self.file else {
            print(text);
            return Ok(());
        };
        let text = anstream::adapter::strip_str(text).to_string();
        replace(path, &text).map_err(|error| {
            let path = escape(&path.to_string_lossy());
            format!("failed to write {path}: {error}")
        })
    }

    /// How long a line may be.
    pub(crate) fn width(&self) -> usize {
        match self.file {
            Some(_) => WIDTH,
            None => width(),
        }
    }
}

/// Prints text that may be styled: with colours on a terminal, unless NO_COLOR is set.
pub(crate) fn print(text: &str) {
    let mut out = anstream::AutoStream::auto(stdout());
    // Whoever has closed the pipe does not want it.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// How long a line on the terminal may be.
pub(crate) fn width() -> usize {
    let size = terminal_size::terminal_size();
    let width = size.map(|(width, _)| usize::from(width.0));
    width.unwrap_or(WIDTH).min(MAX_WIDTH)
}

/// In one step: whoever reads it meets the old or the new file.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".perfguard");
    // As any file that is made here, not for its owner alone.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder_of(path))?;
    fs::write(file.path(), text)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
