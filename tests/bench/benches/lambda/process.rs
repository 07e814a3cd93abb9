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
use crate::runtime_api::{RuntimeApi, RuntimeCall};

/// How long a start or an event may take. Lambda allows ten seconds for a start.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is checked whether the process is alive.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A function's process, which is stopped when it is dropped.
pub struct Process {
    /// From spawn to the first request for an event.
    pub start: Duration,
    /// The CPU time of a start, which does not depend on other programs.
    pub start_cpu: Duration,
    child: Child,
    api: RuntimeApi,
    log: PathBuf,
}

impl Process {
    /// Starts `binary` and waits until it asks for an event. Its output goes to the file `log`.
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
        match process.call().await? {
            RuntimeCall::Asked(at) => process.start = at.duration_since(spawned_at),
            call => bail!("an event should be asked for: {call}"),
        }
        process.start_cpu = cpu::of_process(process.child.id())?;
        Ok(process)
    }

    /// Has it handle an event and waits until it asks for the next one. Returns the time from the event to the answer.
    pub async fn invoke(&mut self, event: Event, payload: &Bytes) -> anyhow::Result<Duration> {
        self.api.hand_over(payload.clone())?;
        let took = match self.call().await? {
            RuntimeCall::Answered { took, answer } if event.is_answered_by(&answer) => took,
            call => bail!("an event should be worked on: {call}; its last words: {}", self.last_words()),
        };
        match self.call().await? {
            RuntimeCall::Asked(_) => Ok(took),
            call => bail!("an event should be asked for: {call}"),
        }
    }

    /// Its peak memory, in bytes.
    pub fn peak_bytes(&self) -> anyhow::Result<u64> {
        memory::peak_of_process(self.child.id())
    }

    async fn call(&mut self) -> anyhow::Result<RuntimeCall> {
        let since = Instant::now();
        loop {
            if let Ok(call) = timeout(LOOK_EVERY, self.api.call()).await {
                return call;
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
