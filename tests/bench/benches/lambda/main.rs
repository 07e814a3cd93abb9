//! The Lambda functions as they are built: size, start, memory, and how long an event takes.
//!
//! `cargo bench -p bench --bench lambda -- DIR`. DIR holds the binaries, as `NAME/bootstrap` or as `NAME`, relative to the
//! workspace; the default is `target/lambda`, where cargo-lambda puts them. `--check` fails when a limit is exceeded.
//!
//! Each binary runs as on Lambda, with Lambda's runtime API and AWS simulated by this process on loopback. So the times are
//! Punctual's own: no network, no TLS, and a whole processor, of which Lambda gives a function of 256 MB a seventh. What
//! carries over is the ratio to a function that does nothing. The ratio of CPU times is hardly affected by what else the
//! machine does; the ratio of elapsed times comes out too low when both wait for a processor.

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
use crate::function::EMPTY;

/// Where cargo-lambda puts what it builds.
const FOLDER: &str = "target/lambda";
/// The command that builds all of them.
const BUILD: &str = "cargo lambda build --release --workspace";

fn main() -> anyhow::Result<ExitCode> {
    let (flags, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
    let is_set = |name: &str| flags.iter().any(|flag| flag == name);
    // `cargo test --all-targets` starts this as well, without the flag.
    if !is_set("--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = folder(folders.first().map_or(FOLDER, String::as_str));
    let mut binaries = Vec::new();
    let mut missing = Vec::new();
    for function in function::all() {
        match Binary::find(&folder, function.name)? {
            Some(binary) => binaries.push((function, binary)),
            None => missing.push(function.name),
        }
    }
    let mut out = io::stdout().lock();
    if !missing.is_empty() {
        let (missing, folder) = (missing.join(", "), folder.display());
        writeln!(out, "{folder} has no {missing}; this builds all of them: {BUILD}")?;
        // Otherwise a check would pass although binaries are missing.
        if is_set("--check") {
            return Ok(ExitCode::FAILURE);
        }
    }
    // Without the empty function there is nothing to compare with, and by itself it says nothing.
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

/// Cargo runs a bench in its package's folder, not in the folder of the shell.
fn folder(given: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.canonicalize().unwrap_or(workspace).join(given)
}
