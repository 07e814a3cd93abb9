//! A run of a target over its corpus and mutations of it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crate::mutate::Mutator;
use crate::{Check, Target};

/// What is run.
#[derive(Debug)]
pub struct Campaign {
    target: Target,
    corpus: Vec<(String, Vec<u8>)>,
    seed: u64,
}

/// How many inputs were accepted by the target's reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub of_corpus: usize,
    pub of_mutations: usize,
}

/// An input for which an assertion fails, or the target panics.
#[derive(Debug)]
pub struct Found {
    name: String,
    input: Vec<u8>,
    why: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n{}", self.name, self.why, String::from_utf8_lossy(&self.input))
    }
}

impl Campaign {
    /// The target with the files of its folder.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn new(target: Target, seed: u64) -> std::io::Result<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        let read = |file: std::fs::DirEntry| {
            Ok((file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path())?))
        };
        let corpus = files.into_iter().map(read).collect::<std::io::Result<_>>()?;
        Ok(Self { target, corpus, seed })
    }

    /// The same with another check.
    #[must_use]
    pub fn checking(self, check: Check) -> Self {
        Self { target: Target { check, ..self.target }, ..self }
    }

    /// Replays the corpus, then `mutations` inputs that are derived from it.
    ///
    /// # Errors
    /// With the first input that fails, and the file or the number that names it.
    pub fn run(&self, mutations: usize) -> Result<Seen, Found> {
        let mut seen = Seen { of_corpus: 0, of_mutations: 0 };
        for (file, input) in &self.corpus {
            seen.of_corpus += usize::from(self.check(file.clone(), input)?);
        }
        let inputs = self.corpus.iter().map(|(_, input)| input.clone()).collect();
        let mut mutator = Mutator::new(inputs, self.seed);
        for n in 0..mutations {
            let name = format!("mutation {n} of seed {}", self.seed);
            seen.of_mutations += usize::from(self.check(name, &mutator.next())?);
        }
        Ok(seen)
    }

    /// How many files the corpus has.
    pub fn files(&self) -> usize {
        self.corpus.len()
    }

    fn check(&self, name: String, input: &[u8]) -> Result<bool, Found> {
        let check = self.target.check;
        catch_unwind(AssertUnwindSafe(|| check(input))).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Found { name, input: input.to_vec(), why: text.unwrap_or_default() }
        })
    }
}
