//! A process of a function.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::body::Bytes;
use bench::{cpu, memory};
use tokio::time::timeout;

use crate::event::Event;
use crate::runtime_api::{RuntimeApi, Told};

/// How long a start or an event may take. Lambda gives a start ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is seen whether the process still lives.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A process, stopped when it is dropped.
pub struct Process {
    /// From the moment when it was spawned until it asked for its first event.
    pub start: Duration,
    /// The CPU time of that, which other programs of the machine do not make longer.
    pub start_cpu: Duration,
    child: Child,
    api: RuntimeApi,
    log: PathBuf,
}

impl Process {
    /// Starts `binary` and waits for it to ask for an event. What it says goes to the file `log`.
    pub async fn start(binary: &Path, environment: &[(String, String)], log: &Path) -> anyhow::Result<Self> {
        let api = RuntimeApi::start().await?;
        let said = File::create(log)?;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said);
        let spawned_at = Instant::now();
        let child = command.spawn().with_context(|| binary.display().to_string())?;
        let (start, start_cpu) = (Duration::ZERO, Duration::ZERO);
        let mut process = Self { start, start_cpu, child, api, log: log.to_owned() };
        match process.told().await? {
            Told::Asked(at) => process.start = at.duration_since(spawned_at),
            told => bail!("an event should be asked for: {told}"),
        }
        process.start_cpu = cpu::of_process(process.child.id())?;
        Ok(process)
    }

    /// Has it work on an event, and waits until it asks for the next one. From the hand-over to the answer.
    pub async fn invoke(&mut self, event: Event, payload: &Bytes) -> anyhow::Result<Duration> {
        self.api.hand_over(payload.clone())?;
        let took = match self.told().await? {
            Told::Answered { took, answer } if event.is_answered_by(&answer) => took,
            told => bail!("an event should be worked on: {told}; its last words: {}", self.last_words()),
        };
        match self.told().await? {
            Told::Asked(_) => Ok(took),
            told => bail!("an event should be asked for: {told}"),
        }
    }

    /// The most memory that it has held, in bytes.
    pub fn peak_bytes(&self) -> anyhow::Result<u64> {
        memory::peak_of_process(self.child.id())
    }

    async fn told(&mut self) -> anyhow::Result<Told> {
        let since = Instant::now();
        loop {
            if let Ok(told) = timeout(LOOK_EVERY, self.api.told()).await {
                return told;
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the function has ended ({status}): {}", self.last_words());
            }
            if since.elapsed() > PATIENCE {
                bail!("the function does not answer: {}", self.last_words());
            }
        }
    }

    /// A function that does not start says why in one line.
    fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        said.lines().last().unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
