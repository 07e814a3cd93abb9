//! The Lambda functions as they are built: size, start, memory, and how long an event takes.
//!
//! `cargo bench -p bench --bench lambda -- DIR`. DIR holds the binaries, as `NAME/bootstrap` or as `NAME`, and is taken
//! from the workspace's folder on; without it, it is `target/lambda`, where cargo-lambda puts them. `--check` fails when
//! a limit is broken.
//!
//! Each binary runs as Lambda runs it, with Lambda's runtime API and AWS played by servers of this process, on loopback.
//! So the times are Punctual's own: no network, no TLS, and a whole processor, of which Lambda gives a function of
//! 256 MB a seventh. What holds there too is the ratio to a function that does nothing: that of the CPU time is hardly
//! touched by what else the machine does, that of the time comes out too low where both have to wait for a processor.

mod aws;
mod binary;
mod event;
mod function;
mod limits;
mod measure;
mod process;
mod runtime_api;
mod table;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench::machine;

use crate::binary::Binary;
use crate::function::{EMPTY, FUNCTIONS};

/// Where cargo-lambda puts what it builds.
const FOLDER: &str = "target/lambda";
/// Builds all of them.
const BUILD: &str = "cargo lambda build --release --workspace";

fn main() -> anyhow::Result<ExitCode> {
    let (flags, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
    let is_set = |name: &str| flags.iter().any(|flag| flag == name);
    // `cargo test --all-targets` starts this too, without the flag.
    if !is_set("--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = folder(folders.first().map_or(FOLDER, String::as_str));
    let mut binaries = Vec::new();
    let mut missing = Vec::new();
    for function in &FUNCTIONS {
        match Binary::find(&folder, function.name)? {
            Some(binary) => binaries.push((function, binary)),
            None => missing.push(function.name),
        }
    }
    let mut out = io::stdout().lock();
    if !missing.is_empty() {
        let (missing, folder) = (missing.join(", "), folder.display());
        writeln!(out, "{folder} has no {missing}; this builds all of them: {BUILD}")?;
        // Else a check of binaries that are not there would pass.
        if is_set("--check") {
            return Ok(ExitCode::FAILURE);
        }
    }
    // Without the empty function there is nothing to compare with, and alone it says nothing.
    if binaries.len() < 2 || missing.contains(&EMPTY) {
        return Ok(ExitCode::SUCCESS);
    }
    let began = machine::describe();
    let figures = measure::all(&binaries)?;
    writeln!(out, "\n{began} at the start, {} at the end\n", machine::load())?;
    table::write(&mut out, &figures)?;
    let broken = limits::broken(&figures);
    for limit in &broken {
        writeln!(out, "\n{limit}")?;
    }
    Ok(if is_set("--check") && !broken.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Cargo starts a bench in its package's folder, not where the one who typed it stands.
fn folder(given: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.canonicalize().unwrap_or(workspace).join(given)
}
