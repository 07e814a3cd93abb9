//! The figures of the whole, as rows while they come and as a table in Markdown at the end.
//!
//! `cargo bench -p bench --bench figures`, or single parts, with `-- webhooks orders rates pipeline outage` after
//! that.

mod orders;
mod outage;
mod pipeline;
mod rates;
mod webhooks;

use bench::report::Report;

/// A part of the figures.
type Part = fn(&mut Report) -> anyhow::Result<()>;

const PARTS: [(&str, Part); 5] = [
    ("webhooks", webhooks::run),
    ("orders", orders::run),
    ("rates", rates::run),
    ("pipeline", pipeline::run),
    ("outage", outage::run),
];

fn main() -> anyhow::Result<()> {
    let (flags, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
    // `cargo test --all-targets` starts this too, without the flag: figures of a debug build say nothing.
    if !flags.iter().any(|flag| flag == "--bench") {
        return Ok(());
    }
    // An error means that it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut report = Report::default();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&mut report)?;
        }
    }
    report.finish()?;
    Ok(())
}
