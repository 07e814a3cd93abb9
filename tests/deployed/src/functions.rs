//! The functions in the template, and what their variables refer to.

use domain::message::Queue;
use emulator::Template;
use serde_json::Value;

/// A function.
#[derive(Clone, Debug)]
pub struct DeployedFunction {
    /// Its name in the template, for example `LabelCreateFunction`.
    pub resource: String,
    /// Its crate and binary, for example `label-create`.
    pub name: String,
    /// The variables that are always set, with what they refer to.
    pub variables: Vec<(String, VariableTarget)>,
}

/// What a variable refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableTarget {
    /// A table, by its name in the template.
    Table(String),
    /// A queue.
    Queue(Queue),
    /// The dead letters of a queue, which are not checked at the start.
    DeadLetters(Queue),
    /// The alarm topic, which can't be checked without publishing.
    Topic,
    /// The bucket of labels.
    Bucket,
    /// TikTok's credentials.
    TikTokSecret,
    /// EasyPost's credentials.
    EasyPostSecret,
    /// The address of an outside service.
    Address,
}

/// The functions, in the order of their names.
pub fn functions(template: &Template) -> Vec<DeployedFunction> {
    let functions = template.of_type("AWS::Serverless::Function").into_iter();
    functions.map(|(resource, properties)| DeployedFunction::read(resource, properties)).collect()
}

impl DeployedFunction {
    fn read(resource: &str, properties: &Value) -> Self {
        let code = properties["CodeUri"].as_str().unwrap_or_default();
        let variables = properties["Environment"]["Variables"].as_object().into_iter().flatten();
        let variables = variables.filter_map(|(name, value)| Some((name.clone(), target(value.as_str()?)?)));
        Self {
            resource: resource.to_owned(),
            name: code.trim_start_matches("../functions/").to_owned(),
            variables: variables.collect(),
        }
    }
}

fn target(target: &str) -> Option<VariableTarget> {
    Some(match target {
        "TikTokSecretArn" => VariableTarget::TikTokSecret,
        "EasyPostSecretArn" => VariableTarget::EasyPostSecret,
        "LabelsBucket" => VariableTarget::Bucket,
        "SellerAlarmsTopic" => VariableTarget::Topic,
        _ if target.ends_with("Url") => VariableTarget::Address,
        _ if target.ends_with("Table") => VariableTarget::Table(target.to_owned()),
        _ => {
            let dead = Queue::ALL.iter().find(|queue| target == format!("{queue:?}DeadLetters"));
            let alive = Queue::ALL.iter().find(|queue| target == format!("{queue:?}Queue"));
            alive.copied().map(VariableTarget::Queue).or(dead.copied().map(VariableTarget::DeadLetters))?
        }
    })
}
