//! The measurement: all functions in turn, round by round, so that whatever else the machine does affects all alike.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use bench::spread::Spread;

use crate::aws::Aws;
use crate::binary::Binary;
use crate::function::{EMPTY, Subject};
use crate::process::Process;

/// How often each function is started.
const ROUNDS: usize = 40;
/// How many events the process that lives through all rounds gets in each.
const EVENTS_A_ROUND: usize = 5;

/// What was measured of a function.
pub struct Figures {
    /// Its name.
    pub name: &'static str,
    /// Its binary's size.
    pub bytes: u64,
    /// The same in a zip.
    pub zip_bytes: u64,
    /// From spawn to the first request for an event.
    pub start: Spread,
    /// The CPU time of a start.
    pub start_cpu: Spread,
    /// The first event of a process.
    pub first: Spread,
    /// Later events.
    pub warm: Spread,
    /// The most memory of the process that handled all later events.
    pub peak_bytes: u64,
    /// Requests to AWS during a start.
    pub start_requests: usize,
    /// Requests to AWS for an event.
    pub event_requests: usize,
}

/// How many times as long something takes as with the empty function; medians.
pub fn ratio_to_empty(figures: &Figures, all: &[Figures], of: fn(&Figures) -> &Spread) -> Option<f64> {
    let empty = all.iter().find(|figures| figures.name == EMPTY)?;
    Some(of(figures).percentile(50).as_secs_f64() / of(empty).percentile(50).as_secs_f64())
}

/// A function under measurement, with one process that lives through all rounds.
struct Measurement<'a> {
    function: &'a Subject,
    binary: &'a Binary,
    environment: Vec<(String, String)>,
    payload: Bytes,
    resident: Process,
    start_requests: usize,
    event_requests: usize,
    starts: Vec<Duration>,
    starts_cpu: Vec<Duration>,
    firsts: Vec<Duration>,
    warms: Vec<Duration>,
}

/// Measures the functions.
pub fn all(binaries: &[(Subject, Binary)]) -> anyhow::Result<Vec<Figures>> {
    // One thread for both servers, so that a processor is left for the function.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (aws, logs) = (Aws::start().await?, tempfile::tempdir()?);
        let mut measured = Vec::new();
        for (function, binary) in binaries {
            let measurement = Measurement::new(function, binary, &aws, logs.path()).await;
            measured.push(measurement.context(function.name)?);
        }
        for _ in 0..ROUNDS {
            for measurement in &mut measured {
                measurement.round(logs.path()).await.context(measurement.function.name)?;
            }
        }
        // Fails if the simulated AWS had no answer to some request.
        aws.requests()?;
        measured.into_iter().map(Measurement::figures).collect()
    })
}

impl<'a> Measurement<'a> {
    /// The first start reads the binary from the disk; it is not measured.
    async fn new(function: &'a Subject, binary: &'a Binary, aws: &Aws, logs: &Path) -> anyhow::Result<Self> {
        let environment = function.environment(&aws.url);
        let payload = Bytes::from(function.event.payload()?);
        let before = aws.requests()?;
        let log = logs.join(function.name).with_extension("resident");
        let mut resident = Process::start(&binary.path, &environment, &log).await?;
        let started = aws.requests()?;
        resident.invoke(function.event, &payload).await?;
        let event_requests = aws.requests()? - started;
        Ok(Self {
            function,
            binary,
            environment,
            payload,
            resident,
            start_requests: started - before,
            event_requests,
            starts: Vec::new(),
            starts_cpu: Vec::new(),
            firsts: Vec::new(),
            warms: Vec::new(),
        })
    }

    /// One start with one event, and some events for the process that lives on.
    async fn round(&mut self, logs: &Path) -> anyhow::Result<()> {
        let log = logs.join(self.function.name).with_extension("log");
        let mut process = Process::start(&self.binary.path, &self.environment, &log).await?;
        self.starts.push(process.start);
        self.starts_cpu.push(process.start_cpu);
        self.firsts.push(process.invoke(self.function.event, &self.payload).await?);
        drop(process);
        for _ in 0..EVENTS_A_ROUND {
            self.warms.push(self.resident.invoke(self.function.event, &self.payload).await?);
        }
        Ok(())
    }

    fn figures(self) -> anyhow::Result<Figures> {
        Ok(Figures {
            name: self.function.name,
            bytes: self.binary.bytes,
            zip_bytes: self.binary.zip_bytes,
            start: Spread::of(self.starts),
            start_cpu: Spread::of(self.starts_cpu),
            first: Spread::of(self.firsts),
            warm: Spread::of(self.warms),
            peak_bytes: self.resident.peak_bytes()?,
            start_requests: self.start_requests,
            event_requests: self.event_requests,
        })
    }
}
