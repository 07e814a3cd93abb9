//! A function that follows the rotation of its secrets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backend_aws::Sdk;
use manifest::Function;
use tokio::sync::Mutex;
use workflow::error_chain;

use crate::checks::ResourceChecks;
use crate::secrets::Secrets;
use crate::setup::{Setup, StartError};

/// How old the secrets of a running function may be. A rotated secret is in use everywhere after this time; a read costs a
/// two-hundred-thousandth of a dollar.
const SECRETS_TTL: Duration = Duration::from_secs(300);

/// The same after TikTok has refused the app, or a carrier account its key: the secret may have been rotated.
const SECRETS_TTL_AFTER_REFUSAL: Duration = Duration::from_secs(10);

/// Builds a function from its parts.
pub(crate) type Build<F> = Box<dyn Fn(&mut Setup) -> Result<F, StartError>>;

/// A function that is built again when its secrets were rotated.
pub(crate) struct LiveFunction<F> {
    builder: Builder<F>,
    state: Mutex<LiveState<F>>,
}

struct LiveState<F> {
    function: Arc<F>,
    secrets: Secrets,
    read_at: Instant,
}

impl<F> LiveFunction<F> {
    /// Builds the function and checks its resources.
    pub(crate) async fn start(
        entry: &'static Function,
        build: Build<F>,
        sdk: Sdk,
        http: reqwest::Client,
    ) -> Result<Self, StartError> {
        let builder = Builder { entry, build, sdk, http };
        let built = builder.build().await?;
        built.checks.run().await?;
        built.rejected.iter().for_each(log_rejected);
        let function = Arc::new(built.function);
        let state = Mutex::new(LiveState { function, secrets: built.secrets, read_at: Instant::now() });
        Ok(Self { builder, state })
    }

    /// The function for the next event.
    pub(crate) async fn get(&self) -> Arc<F> {
        let mut state = self.state.lock().await;
        let age = state.read_at.elapsed();
        let is_old = age >= SECRETS_TTL || age >= SECRETS_TTL_AFTER_REFUSAL && state.secrets.take_refused();
        if !state.secrets.is_empty() && is_old {
            state.read_at = Instant::now();
            // When this fails, the function works on with the secrets that it has.
            match self.renew(&mut state).await {
                Err(error) if error.secret().is_some() => log_rejected(&error),
                Err(error) => tracing::error!(error = error_chain(&error), "secrets can't be refreshed"),
                Ok(()) => {}
            }
        }
        Arc::clone(&state.function)
    }

    async fn renew(&self, state: &mut LiveState<F>) -> Result<(), StartError> {
        match Secrets::read(&self.builder.sdk, self.builder.entry, &[]).await {
            Ok(newest) if newest.accept_the_same(&state.secrets) => return Ok(()),
            Err(error) if error.secret().is_none() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let built = self.builder.build().await?;
        built.rejected.iter().for_each(log_rejected);
        if !built.secrets.accept_the_same(&state.secrets) {
            let is_new = !built.secrets.has_same_versions(&state.secrets);
            state.function = Arc::new(built.function);
            state.secrets = built.secrets;
            let message =
                if is_new { "secrets were rotated" } else { "former secrets are no longer accepted" };
            tracing::info!("{message}");
        }
        Ok(())
    }
}

struct Builder<F> {
    entry: &'static Function,
    build: Build<F>,
    sdk: Sdk,
    http: reqwest::Client,
}

struct Built<F> {
    function: F,
    checks: ResourceChecks,
    /// The secrets that it was built with.
    secrets: Secrets,
    /// Why newer versions of some secrets could not be used.
    rejected: Vec<StartError>,
}

impl<F> Builder<F> {
    /// Builds the function with the current secrets. For a secret that can't be used, because of a typo for example, the
    /// version before is used, so that the work goes on.
    async fn build(&self) -> Result<Built<F>, StartError> {
        let (mut previous, mut rejected) = (Vec::new(), Vec::new());
        loop {
            let error = match self.build_with(&previous).await {
                Ok((function, checks, secrets)) => return Ok(Built { function, checks, secrets, rejected }),
                Err(error) => error,
            };
            match error.secret() {
                Some(variable) if !previous.contains(&variable) => {
                    previous.push(variable);
                    rejected.push(error);
                }
                // The older version is no better. What a person has to mend is the newest one.
                _ => return Err(rejected.into_iter().next().unwrap_or(error)),
            }
        }
    }

    async fn build_with(
        &self,
        previous: &[&'static str],
    ) -> Result<(F, ResourceChecks, Secrets), StartError> {
        let secrets = Secrets::read(&self.sdk, self.entry, previous).await?;
        let mut setup = Setup::new(self.entry, self.sdk.clone(), self.http.clone(), secrets.clone());
        let mut function = (self.build)(&mut setup)?;
        if setup.lacks_former() {
            let former = secrets.read_former(&self.sdk, self.entry).await;
            setup = Setup::new(self.entry, self.sdk.clone(), self.http.clone(), secrets.clone())
                .with_former(former);
            function = (self.build)(&mut setup)?;
        }
        Ok((function, setup.into_checks(), secrets))
    }
}

/// Says why a secret can't be used. An alarm of the stack counts these lines by their message.
fn log_rejected(error: &StartError) {
    tracing::error!(secret = error.secret(), error = error_chain(error), "secret is unusable");
}

#[cfg(test)]
mod tests;
