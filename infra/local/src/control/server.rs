//! The host's end of the socket.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backend::batch;
use serde_json::Value;
use tokio::io::BufReader;
use tokio::task::JoinSet;
use tokio::time::timeout;
use workflow::error_chain;

use super::socket::{ControlListener, ControlStream};
use super::wire::{ControlReply, ControlRequest, VERSION, read_line, write_line};
use super::{DataStores, ExistingData, Operation, Services};
use crate::commands::{
    ApplyRemedy, DisconnectShop, HandleDeadLetters, ImportCatalogue, ListDeadLetters, ListExceptions,
    ListOrders, ShowOrder,
};

/// The time for the command to send its request, and again to take the reply.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(30);
/// The most commands at the same time. They are people's and scripts', so this is far more than there ever are.
const COMMANDS_MAX: usize = 32;
/// The pause after a connection could not be accepted, for example because too many files are open.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the host has for commands.
struct Contexts {
    existing: ExistingData,
    stores: DataStores,
    services: Services,
}

/// Listens for commands in `folder`, which this process has locked. `None` when that fails: orders are shipped all the same,
/// and commands need the host to be stopped.
pub(crate) fn listen(folder: &Path) -> Option<ControlListener> {
    match ControlListener::bind(folder) {
        Ok(listener) => Some(listener),
        Err(error) => {
            let error = error_chain(&error);
            tracing::warn!(error, "control.sock can't be created: commands need the host to be stopped");
            None
        }
    }
}

/// Performs commands until the future is dropped.
pub(crate) async fn serve(listener: ControlListener, stores: DataStores, services: Services) {
    let contexts = Arc::new(Contexts { existing: ExistingData(stores.clone()), stores, services });
    // Dropped before the contexts: the socket is removed while the folder is still locked.
    let listener = listener;
    let mut commands = JoinSet::new();
    loop {
        while commands.try_join_next().is_some() {}
        match listener.accept().await {
            // The command sees that the connection is closed, and says that the host did not reply.
            Ok(_) if commands.len() >= COMMANDS_MAX => tracing::warn!("too many commands at once"),
            // Once it is read, an operation is performed to its end even when the command is interrupted.
            Ok(stream) => drop(commands.spawn(answer(stream, Arc::clone(&contexts)))),
            Err(error) => {
                tracing::error!(error = error_chain(&error), "commands can't be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn answer(stream: ControlStream, contexts: Arc<Contexts>) {
    if let Err(error) = exchange(stream, &contexts).await {
        // The command was interrupted, or never sent a request.
        tracing::debug!(error = error_chain(&error), "a command ended early");
    }
}

async fn exchange(stream: ControlStream, contexts: &Contexts) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let line = timeout(TRANSFER_TIMEOUT, read_line(&mut stream)).await??;
    let reply = match serde_json::from_slice::<ControlRequest<Value>>(&line) {
        Ok(request) if request.version != VERSION => ControlReply::OtherVersion(VERSION.to_owned()),
        Ok(request) => perform(&request.operation, request.arguments, contexts).await,
        Err(_) => ControlReply::Failed("the request can't be read".to_owned()),
    };
    timeout(TRANSFER_TIMEOUT, write_line(&mut stream, &reply)).await?
}

async fn perform(name: &str, arguments: Value, contexts: &Contexts) -> ControlReply<Value> {
    tracing::info!(operation = name, "command received");
    match name {
        ListOrders::NAME => run::<ListOrders>(arguments, &contexts.existing).await,
        ShowOrder::NAME => run::<ShowOrder>(arguments, &contexts.existing).await,
        ListExceptions::NAME => run::<ListExceptions>(arguments, &contexts.existing).await,
        ListDeadLetters::NAME => run::<ListDeadLetters>(arguments, &contexts.existing).await,
        HandleDeadLetters::NAME => run::<HandleDeadLetters>(arguments, &contexts.existing).await,
        ImportCatalogue::NAME => run::<ImportCatalogue>(arguments, &contexts.stores).await,
        ApplyRemedy::NAME => run::<ApplyRemedy>(arguments, &contexts.services).await,
        DisconnectShop::NAME => run::<DisconnectShop>(arguments, &contexts.services).await,
        _ => ControlReply::Failed(format!("the host does not know the operation {name}")),
    }
}

async fn run<O: Operation>(arguments: Value, context: &O::Context) -> ControlReply<Value> {
    // serde's own text would quote the arguments, which may be an address.
    let Ok(operation) = serde_json::from_value::<O>(arguments) else {
        return ControlReply::Failed("the request can't be read".to_owned());
    };
    match batch::catch(Box::pin(operation.perform(context))).await {
        Some(Ok(reply)) => match serde_json::to_value(reply) {
            Ok(reply) => ControlReply::Done(reply),
            Err(_) => ControlReply::Failed("the reply can't be written".to_owned()),
        },
        Some(Err(error)) => ControlReply::Failed(format!("{error:#}")),
        None => {
            tracing::error!(operation = O::NAME, "a command panicked");
            ControlReply::Failed("a defect in Punctual: see the host's log".to_owned())
        }
    }
}
