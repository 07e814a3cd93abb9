//! The function as its secrets are now.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backend_aws::Sdk;
use tokio::sync::Mutex;
use workflow::error_chain;

use crate::resources::Looks;
use crate::secrets::Secrets;
use crate::setup::{Setup, StartError};

/// How old the secrets may be that a function works with: a rotated one serves everywhere after that time, and a read
/// costs a two hundred thousandth of a dollar.
const SECRETS_TTL: Duration = Duration::from_secs(300);

/// How soon they are read again when TikTok refuses the app: its secret may have been rotated.
const AFTER_REFUSAL: Duration = Duration::from_secs(10);

/// How a function is built.
pub(crate) type Build<F> = Box<dyn Fn(&mut Setup) -> Result<F, StartError>>;

/// A function that is built anew when its secrets were rotated.
pub(crate) struct Current<F> {
    source: Source<F>,
    state: Mutex<State<F>>,
}

struct State<F> {
    function: Arc<F>,
    secrets: Secrets,
    read_at: Instant,
}

impl<F> Current<F> {
    /// Builds the function and looks at its resources.
    pub(crate) async fn start(build: Build<F>, sdk: Sdk, http: reqwest::Client) -> Result<Self, StartError> {
        let source = Source { build, sdk, http };
        let built = source.build().await?;
        built.looks.take().await?;
        built.misfits.iter().for_each(tell);
        let function = Arc::new(built.function);
        let state = Mutex::new(State { function, secrets: built.secrets, read_at: Instant::now() });
        Ok(Self { source, state })
    }

    /// The function for the next event.
    pub(crate) async fn get(&self) -> Arc<F> {
        let mut state = self.state.lock().await;
        let age = state.read_at.elapsed();
        let is_old = age >= SECRETS_TTL || age >= AFTER_REFUSAL && state.secrets.take_refused();
        if !state.secrets.is_empty() && is_old {
            state.read_at = Instant::now();
            // When it fails, the function as it was built still stands.
            match self.renew(&mut state).await {
                Err(error) if error.secret().is_some() => tell(&error),
                Err(error) => tracing::error!(error = error_chain(&error), "secrets can't be read again"),
                Ok(()) => {}
            }
        }
        Arc::clone(&state.function)
    }

    async fn renew(&self, state: &mut State<F>) -> Result<(), StartError> {
        match Secrets::read(&self.source.sdk, &[]).await {
            Ok(newest) if newest.is_same(&state.secrets) => return Ok(()),
            Err(error) if error.secret().is_none() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let built = self.source.build().await?;
        built.misfits.iter().for_each(tell);
        if !built.secrets.is_same(&state.secrets) {
            state.function = Arc::new(built.function);
            state.secrets = built.secrets;
            tracing::info!("secrets were rotated");
        }
        Ok(())
    }
}

/// What a function is built from.
struct Source<F> {
    build: Build<F>,
    sdk: Sdk,
    http: reqwest::Client,
}

/// A function that was built.
struct Built<F> {
    function: F,
    looks: Looks,
    /// Those that it was built with.
    secrets: Secrets,
    /// Why newer ones could not be used.
    misfits: Vec<StartError>,
}

impl<F> Source<F> {
    /// Builds the function with the secrets as they were stored last. For one that does not fit, with a typo in it for
    /// example, the version before is taken, so that the work goes on.
    async fn build(&self) -> Result<Built<F>, StartError> {
        let (mut previous, mut misfits) = (Vec::new(), Vec::new());
        loop {
            let error = match self.build_with(&previous).await {
                Ok((function, looks, secrets)) => return Ok(Built { function, looks, secrets, misfits }),
                Err(error) => error,
            };
            match error.secret() {
                Some(variable) if !previous.contains(&variable) => {
                    previous.push(variable);
                    misfits.push(error);
                }
                // What is wrong with the newest one is what is to be mended.
                _ => return Err(misfits.into_iter().next().unwrap_or(error)),
            }
        }
    }

    async fn build_with(&self, previous: &[&'static str]) -> Result<(F, Looks, Secrets), StartError> {
        let secrets = Secrets::read(&self.sdk, previous).await?;
        let mut setup = Setup::new(self.sdk.clone(), self.http.clone(), secrets.clone());
        let mut function = (self.build)(&mut setup)?;
        if setup.lacks_former() {
            let former = Secrets::read_former(&self.sdk).await;
            setup = Setup::new(self.sdk.clone(), self.http.clone(), secrets.clone()).with_former(former);
            function = (self.build)(&mut setup)?;
        }
        Ok((function, setup.into_looks(), secrets))
    }
}

/// Says why a secret can't be used. The stack has an alarm for lines that say so.
fn tell(misfit: &StartError) {
    tracing::error!(secret = misfit.secret(), error = error_chain(misfit), "secret does not fit");
}

#[cfg(test)]
mod tests;
