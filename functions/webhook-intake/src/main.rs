//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use lambda::{HttpRequest, HttpResponse, Setup, StartError};
use webhook_intake::{Senders, WebhookIntake};

fn main() -> ExitCode {
    lambda::http(&manifest::WEBHOOK_INTAKE, build, answer)
}

fn build(setup: &mut Setup) -> Result<WebhookIntake, StartError> {
    let tiktok = setup.read(config::tiktok)?;
    let senders = Senders {
        tiktok_app_key: tiktok.app_key,
        tiktok_app_secret: tiktok.app_secret,
        easypost_secret: setup.read(|lookup| Ok(config::easypost_webhook_secret(lookup)))?,
    };
    let queues = setup.queues()?;
    let (orders, shops) = (setup.orders()?, setup.shops()?);
    Ok(WebhookIntake::new(senders, orders, shops, setup.processed_events()?, queues, setup.clock()))
}

async fn answer(function: Arc<WebhookIntake>, request: HttpRequest) -> HttpResponse {
    // A path may end in the secret suffix of the template. The API has compared it, and sends nothing else here.
    let sender = request.path.strip_prefix("/webhooks/").and_then(|path| path.split('/').next());
    let answer = match sender {
        Some("tiktok") => function.tiktok(&request.body, request.header("authorization")).await,
        Some("easypost") => function.easypost(&request.body, request.header("x-hmac-signature")).await,
        _ => return HttpResponse::empty(404),
    };
    HttpResponse::empty(answer.status())
}
