//! Expressions: numbers, tensors, operators, calls of layers and helpers, `if` and `for`.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprCall, Ident, Pat, UnOp};

use super::arguments::Arguments;
use super::value::{Function, Kind, Value};
use super::{Builder, DEPTH_LIMIT};
use crate::graph::{Builtin, LayerDef, LayerKind};
use formwork_shape::{Activation, Argument, Layer, Operator, layers};

impl Builder<'_> {
    /// The value of an expression. `pattern` names the outputs if it applies a layer.
    pub(super) fn expression(&mut self, expr: &Expr, pattern: Option<&Pat>) -> Value {
        let span = expr.span();
        let kind = match expr {
            Expr::Lit(literal) => return self.literal(literal),
            Expr::Path(path) => return self.path(path),
            Expr::Paren(paren) => return self.expression(&paren.expr, pattern),
            Expr::Group(group) => return self.expression(&group.expr, pattern),
            Expr::Call(call) => return self.call(call, pattern),
            Expr::Binary(binary) => return self.binary(binary, pattern),
            Expr::Unary(unary) => return self.unary(unary, pattern),
            Expr::If(branch) => return self.branch(branch),
            Expr::ForLoop(each) => return self.each(each),
            Expr::Block(block) => {
                return self.scope(&block.block.stmts).unwrap_or(Value::new(Kind::Unit, span));
            }
            Expr::MethodCall(call) => return self.method(call),
            Expr::Struct(outputs) if outputs.path.is_ident("Outputs") => return self.output_fields(outputs),
            Expr::Tuple(tuple) if tuple.elems.is_empty() => Kind::Unit,
            Expr::Tuple(tuple) => Kind::Tuple(tuple.elems.iter().map(|e| self.expression(e, None)).collect()),
            Expr::Array(array) => Kind::List(array.elems.iter().map(|e| self.expression(e, None)).collect()),
            Expr::Repeat(repeat) => return self.repeat(repeat),
            Expr::Range(range) => return self.range(range),
            Expr::Reference(reference) => return self.expression(&reference.expr, pattern),
            Expr::Closure(closure) => Kind::Function(std::rc::Rc::new(Function {
                name: "closure".to_string(),
                parameters: closure.inputs.iter().cloned().collect(),
                body: vec![syn::Stmt::Expr((*closure.body).clone(), None)],
                captured: self.scopes.iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
            })),
            other => {
                self.error(
                    span,
                    format!(
                        "`{}` cannot be used in a model\nhint: a model applies layers: `let h = Dense(64)(x);`; its numbers, \
                         `for`, `if` and helpers are unrolled by the compiler",
                        shorten(&other.to_token_stream().to_string())
                    ),
                );
                Kind::Broken
            }
        };
        Value::new(kind, span)
    }

    fn literal(&mut self, literal: &syn::ExprLit) -> Value {
        let span = literal.span();
        let kind = match &literal.lit {
            syn::Lit::Int(int) => int.base10_parse().map(Kind::Int),
            syn::Lit::Float(float) => float.base10_parse().map(Kind::Float),
            syn::Lit::Bool(b) => Ok(Kind::Bool(b.value)),
            syn::Lit::Str(text) => {
                let word = text.value();
                self.error(span, format!("words are written without quotes: {word}"));
                return Value::broken(span);
            }
            _ => {
                self.error(span, "expected a number, `true`, `false` or a word");
                return Value::broken(span);
            }
        };
        match kind {
            Ok(kind) => Value::new(kind, span),
            Err(error) => {
                self.error(span, error);
                Value::broken(span)
            }
        }
    }

    fn path(&mut self, path: &syn::ExprPath) -> Value {
        let span = path.span();
        if let Some(ident) = path.path.get_ident() {
            if let Some(value) = self.lookup(&ident.to_string()) {
                return Value::new(value.kind.clone(), span);
            }
            if ident == "None" || ident.to_string().starts_with(|c: char| c.is_lowercase() || c == '_') {
                return Value::new(Kind::Word(ident.clone()), span);
            }
            if Layer::named(&ident.to_string()).is_some() {
                self.error(
                    span,
                    format!(
                        "`{ident}` is a layer: it takes its settings in parentheses, then its inputs: {ident}(..)(x)"
                    ),
                );
                return Value::broken(span);
            }
        }
        Value::new(Kind::Opaque(path.to_token_stream()), span)
    }

    fn call(&mut self, call: &ExprCall, pattern: Option<&Pat>) -> Value {
        let span = call.func.span();
        match &*call.func {
            // Layer(settings)(inputs)
            Expr::Call(layer) => {
                let callee = self.call(layer, None);
                let at = callee.span;
                match callee.kind {
                    Kind::Layer(_) | Kind::Chain(_) => {
                        let inputs = self.inputs_of(&call.args);
                        self.apply(callee, inputs, at, pattern)
                    }
                    Kind::Broken => {
                        self.inputs_of(&call.args);
                        Value::broken(at)
                    }
                    other => {
                        let what = other.describe();
                        self.error(at, format!("expected a layer, but this is {what}"));
                        Value::broken(at)
                    }
                }
            }
            Expr::Path(path) => self.call_path(path, call, pattern),
            Expr::Paren(_) | Expr::Group(_) | Expr::Block(_) | Expr::If(_) => {
                let callee = self.expression(&call.func, None);
                let inputs = self.inputs_of(&call.args);
                self.apply(callee, inputs, span, pattern)
            }
            _ => {
                self.error(span, "expected a layer such as Dense(64)");
                Value::broken(span)
            }
        }
    }

    fn call_path(&mut self, path: &syn::ExprPath, call: &ExprCall, pattern: Option<&Pat>) -> Value {
        let span = path.path.segments.last().map_or(path.span(), |segment| segment.ident.span());
        let Some(name) = path.path.get_ident().map(Ident::to_string) else {
            return self.layer(path, &call.args, span);
        };
        if let Some(value) = self.lookup(&name).cloned() {
            return match value.kind {
                Kind::Layer(_) | Kind::Chain(_) => {
                    let inputs = self.inputs_of(&call.args);
                    self.apply(Value::new(value.kind, span), inputs, span, pattern)
                }
                Kind::Function(function) => self.call_function(&function, &call.args, span),
                Kind::Broken => Value::broken(span),
                other => {
                    let what = other.describe();
                    self.error(span, format!("`{name}` is {what}, so it cannot be applied"));
                    Value::broken(span)
                }
            };
        }
        if name == "Sequential" {
            return self.sequential(&call.args, span);
        }
        if name.starts_with(|c: char| c.is_lowercase()) {
            return self.function_of_tensors(&name, &call.args, span, pattern);
        }
        self.layer(path, &call.args, span)
    }

    fn inputs_of(&mut self, arguments: &Arguments) -> Vec<Value> {
        let mut inputs = Vec::new();
        for argument in arguments {
            if let (Some(keyword), _) = super::arguments::keyword(argument) {
                self.error(
                    keyword.span(),
                    format!("a layer is applied to tensors only; `{keyword}` is no call argument"),
                );
                inputs.push(Value::broken(keyword.span()));
                continue;
            }
            inputs.push(self.expression(argument, None));
        }
        inputs
    }

    fn sequential(&mut self, arguments: &Arguments, span: Span) -> Value {
        let form = "write Sequential([Dense(64, activation = relu), Dense(10)])(x)";
        let Some(Expr::Array(list)) = arguments.first().filter(|_| arguments.len() == 1) else {
            self.error(span, format!("Sequential takes one list of layers\nhint: {form}"));
            return Value::broken(span);
        };
        if list.elems.is_empty() {
            self.error(span, format!("Sequential needs at least one layer\nhint: {form}"));
            return Value::broken(span);
        }
        let mut layers = Vec::new();
        let mut broken = false;
        for expr in &list.elems {
            let value = self.expression(expr, None);
            match value.kind {
                Kind::Layer(_) | Kind::Chain(_) => layers.push(value),
                Kind::Broken => broken = true,
                other => {
                    let what = other.describe();
                    self.error(
                        expr.span(),
                        format!("Sequential is a list of layers, but this is {what}\nhint: {form}"),
                    );
                    broken = true;
                }
            }
        }
        if broken { Value::broken(span) } else { Value::new(Kind::Chain(layers), span) }
    }

    /// `tanh(x)`: a function of the language.
    fn function_of_tensors(&mut self, name: &str, arguments: &Arguments, span: Span, pattern: Option<&Pat>) -> Value {
        let inputs = self.inputs_of(arguments);
        let word = Ident::new(name, span);
        if let Some(activation) = Activation::read(&formwork_shape::Arg::Word(name)) {
            let layer = Layer::Activation(layers::Activation { activation });
            return self.operator(layer, name, inputs, span, pattern);
        }
        if inputs.iter().any(Value::is_broken) {
            return Value::broken(span);
        }
        let names = self.visible_names();
        let known = Activation::WORDS.iter().copied().chain(names.iter().map(String::as_str));
        let hint = match crate::similar::similar(name, known) {
            Some(near) => format!("\nhint: did you mean `{near}`?"),
            None => {
                "\nhint: layers begin with a capital letter; a helper of your own is written inside the model: `fn block(x: Tensor) -> Tensor { .. }`"
                    .to_string()
            }
        };
        self.error(word.span(), format!("unknown function `{name}`{hint}"));
        Value::broken(span)
    }

    /// Applies a layer that stands for an operator or a function.
    pub(super) fn operator(
        &mut self,
        layer: Layer,
        label: &str,
        inputs: Vec<Value>,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Value {
        let kind = LayerKind::Builtin(Builtin { layer, opaque: Vec::new() });
        self.graph.layers.push(LayerDef { kind, label: label.to_string(), span, given_name: None });
        let id = self.graph.layers.len() - 1;
        self.apply(Value::new(Kind::Layer(id), span), inputs, span, pattern)
    }

    fn binary(&mut self, binary: &syn::ExprBinary, pattern: Option<&Pat>) -> Value {
        let left = self.expression(&binary.left, None);
        let right = self.expression(&binary.right, None);
        self.combine(left, &binary.op, right, pattern)
    }

    /// `x += y`, as the value of `x + y`.
    pub(super) fn compound(&mut self, binary: &syn::ExprBinary) -> Value {
        let left = self.expression(&binary.left, None);
        let right = self.expression(&binary.right, None);
        let at = binary.op.span();
        let op = match binary.op {
            BinOp::AddAssign(_) => BinOp::Add(syn::token::Plus(at)),
            BinOp::SubAssign(_) => BinOp::Sub(syn::token::Minus(at)),
            BinOp::MulAssign(_) => BinOp::Mul(syn::token::Star(at)),
            BinOp::DivAssign(_) => BinOp::Div(syn::token::Slash(at)),
            _ => BinOp::Rem(syn::token::Percent(at)),
        };
        self.combine(left, &op, right, None)
    }

    fn combine(&mut self, left: Value, op: &BinOp, right: Value, pattern: Option<&Pat>) -> Value {
        let span = op.span();
        if left.is_broken() || right.is_broken() {
            return Value::broken(span);
        }
        let (a, b) = (&left.kind, &right.kind);
        if matches!(a, Kind::Tensor(_)) || matches!(b, Kind::Tensor(_)) {
            return self.tensor_operator(left, op, right, pattern);
        }
        if let Some(kind) = numbers(a, op, b) {
            return Value::new(kind, span);
        }
        if matches!((a, b, op), (Kind::Int(_), Kind::Int(0), BinOp::Div(_) | BinOp::Rem(_))) {
            self.error(span, "division by zero");
            return Value::broken(span);
        }
        if left.is_opaque() || right.is_opaque() {
            if let (Some(a), Some(b)) = (left.to_constant(), right.to_constant()) {
                return Value::new(Kind::Opaque(quote!((#a #op #b))), span);
            }
        }
        for value in [&left, &right] {
            if let Kind::Word(name) = &value.kind {
                let name = name.clone();
                self.unknown_tensor(&name);
                return Value::broken(span);
            }
        }
        let what =
            format!("`{}` cannot join {} and {}", op.to_token_stream(), left.kind.describe(), right.kind.describe());
        self.error(span, what);
        Value::broken(span)
    }

    fn tensor_operator(&mut self, left: Value, op: &BinOp, right: Value, pattern: Option<&Pat>) -> Value {
        let span = op.span();
        let operator = match op {
            BinOp::Add(_) => Operator::Add,
            BinOp::Sub(_) => Operator::Subtract,
            BinOp::Mul(_) => Operator::Multiply,
            BinOp::Div(_) => Operator::Divide,
            other => {
                self.error(span, format!("`{}` is no operator of tensors: there are + - * /", other.to_token_stream()));
                return Value::broken(span);
            }
        };
        let affine = |scale: f64, offset: f64| Layer::Affine(layers::Affine { scale, offset });
        let symbol = operator.symbol();
        match (number(&left.kind), operator, number(&right.kind)) {
            (None, Operator::Add, Some(n)) => self.operator(affine(1.0, n), symbol, vec![left], span, pattern),
            (Some(n), Operator::Add, None) => self.operator(affine(1.0, n), symbol, vec![right], span, pattern),
            (None, Operator::Subtract, Some(n)) => self.operator(affine(1.0, -n), symbol, vec![left], span, pattern),
            (Some(n), Operator::Subtract, None) => self.operator(affine(-1.0, n), symbol, vec![right], span, pattern),
            (None, Operator::Multiply, Some(n)) => self.operator(affine(n, 0.0), symbol, vec![left], span, pattern),
            (Some(n), Operator::Multiply, None) => self.operator(affine(n, 0.0), symbol, vec![right], span, pattern),
            (None, Operator::Divide, Some(0.0)) => {
                self.error(span, "division of a tensor by zero");
                Value::broken(span)
            }
            (None, Operator::Divide, Some(n)) => self.operator(affine(1.0 / n, 0.0), symbol, vec![left], span, pattern),
            _ => {
                let layer = Layer::Arithmetic(layers::Arithmetic { operator });
                self.operator(layer, symbol, vec![left, right], span, pattern)
            }
        }
    }

    fn unary(&mut self, unary: &syn::ExprUnary, pattern: Option<&Pat>) -> Value {
        let span = unary.span();
        let value = self.expression(&unary.expr, None);
        match (&unary.op, &value.kind) {
            (UnOp::Neg(_), Kind::Int(n)) => Value::new(Kind::Int(-n), span),
            (UnOp::Neg(_), Kind::Float(x)) => Value::new(Kind::Float(-x), span),
            (UnOp::Not(_), Kind::Bool(b)) => Value::new(Kind::Bool(!b), span),
            (UnOp::Neg(_), Kind::Tensor(_)) => {
                let layer = Layer::Affine(layers::Affine { scale: -1.0, offset: 0.0 });
                self.operator(layer, "-", vec![value], span, pattern)
            }
            (op, Kind::Opaque(tokens)) => Value::new(Kind::Opaque(quote!((#op #tokens))), span),
            (_, Kind::Broken) => value,
            (op, kind) => {
                let message = format!("`{}` cannot be applied to {}", op.to_token_stream(), kind.describe());
                self.error(span, message);
                Value::broken(span)
            }
        }
    }

    fn branch(&mut self, branch: &syn::ExprIf) -> Value {
        let span = branch.cond.span();
        let condition = self.expression(&branch.cond, None);
        match condition.kind {
            Kind::Bool(true) => self.scope(&branch.then_branch.stmts).unwrap_or(Value::new(Kind::Unit, span)),
            Kind::Bool(false) => match &branch.else_branch {
                Some((_, otherwise)) => self.expression(otherwise, None),
                None => Value::new(Kind::Unit, span),
            },
            Kind::Broken => Value::broken(span),
            Kind::Opaque(_) => {
                self.error(span, "the compiler must know this when it unrolls the model\nhint: declare the constant inside the model: `const DEPTH: usize = 3;`");
                Value::broken(span)
            }
            other => {
                let what = other.describe();
                self.error(
                    span,
                    format!("the condition of `if` must be known while the program compiles, but this is {what}"),
                );
                Value::broken(span)
            }
        }
    }

    fn each(&mut self, each: &syn::ExprForLoop) -> Value {
        let span = each.expr.span();
        let items = match self.expression(&each.expr, None).kind {
            Kind::List(items) | Kind::Tuple(items) => items,
            Kind::Broken => return Value::broken(span),
            Kind::Opaque(_) => {
                self.error(span, "the compiler must know this when it unrolls the loop\nhint: declare the constant inside the model: `const DEPTH: usize = 3;`");
                return Value::broken(span);
            }
            other => {
                let what = other.describe();
                self.error(span, format!("`for` runs over a list or a range, but this is {what}"));
                return Value::broken(span);
            }
        };
        for item in items {
            if self.stopped {
                break;
            }
            self.context.push(format!("`for {} = {}`", each.pat.to_token_stream(), show(&item)));
            self.scopes.push(Default::default());
            self.bind_pattern(&each.pat, item);
            self.block(&each.body.stmts);
            self.scopes.pop();
            self.context.pop();
        }
        Value::new(Kind::Unit, span)
    }

    fn range(&mut self, range: &syn::ExprRange) -> Value {
        let span = range.span();
        let mut bound = |expr: &Option<Box<Expr>>| match expr {
            Some(expr) => self.expression(expr, None).kind,
            None => Kind::Unit,
        };
        let (start, end) = (bound(&range.start), bound(&range.end));
        let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
        match (start, end) {
            (Kind::Int(start), Kind::Int(end)) => {
                let end = if inclusive { end + 1 } else { end };
                if end - start > super::NODE_LIMIT as i64 {
                    self.error(span, format!("a loop of {} rounds is more than a model can have", end - start));
                    return Value::broken(span);
                }
                Value::new(Kind::List((start..end).map(|n| Value::new(Kind::Int(n), span)).collect()), span)
            }
            (Kind::Opaque(tokens), _) | (_, Kind::Opaque(tokens)) => Value::new(Kind::Opaque(tokens), span),
            _ => {
                self.error(span, "expected a range of integers such as 0..3");
                Value::broken(span)
            }
        }
    }

    fn repeat(&mut self, repeat: &syn::ExprRepeat) -> Value {
        let span = repeat.span();
        match self.expression(&repeat.len, None).kind {
            Kind::Int(n) if (0..=super::NODE_LIMIT as i64).contains(&n) => {
                let values = (0..n).map(|_| self.expression(&repeat.expr, None)).collect();
                Value::new(Kind::List(values), span)
            }
            _ => {
                self.error(span, "the compiler must know how often this is repeated");
                Value::broken(span)
            }
        }
    }

    /// What loops are written with: `.iter()`, `.rev()`, `.enumerate()`, `.zip(..)`, `.len()`.
    fn method(&mut self, call: &syn::ExprMethodCall) -> Value {
        let span = call.method.span();
        let receiver = self.expression(&call.receiver, None);
        let items = match receiver.kind {
            Kind::List(items) | Kind::Tuple(items) => items,
            Kind::Broken => return Value::broken(span),
            Kind::Tensor(edge) => {
                let name = self.graph.edges[edge].name.clone();
                let method = &call.method;
                self.error(span, format!("a tensor has no methods\nhint: functions and layers are applied to it: {method}({name}) or Dense(64)({name})"));
                return Value::broken(span);
            }
            other => {
                let what = other.describe();
                self.error(span, format!("`.{}` cannot be called on {what}", call.method));
                return Value::broken(span);
            }
        };
        let list = |items: Vec<Value>| Value::new(Kind::List(items), span);
        match call.method.to_string().as_str() {
            "iter" | "into_iter" | "copied" | "cloned" => list(items),
            "rev" => list(items.into_iter().rev().collect()),
            "len" => Value::new(Kind::Int(items.len() as i64), span),
            "enumerate" => {
                let numbered = items
                    .into_iter()
                    .enumerate()
                    .map(|(k, item)| Value::new(Kind::Tuple(vec![Value::new(Kind::Int(k as i64), span), item]), span));
                list(numbered.collect())
            }
            "zip" if call.args.len() == 1 => match self.expression(&call.args[0], None).kind {
                Kind::List(others) | Kind::Tuple(others) => {
                    let pairs = items.into_iter().zip(others);
                    list(pairs.map(|(a, b)| Value::new(Kind::Tuple(vec![a, b]), span)).collect())
                }
                _ => {
                    self.error(span, "`.zip` takes another list");
                    Value::broken(span)
                }
            },
            other => {
                self.error(
                    span,
                    format!("`.{other}` cannot be used in a model: lists have iter, rev, enumerate, zip and len"),
                );
                Value::broken(span)
            }
        }
    }

    fn call_function(&mut self, function: &Function, arguments: &Arguments, span: Span) -> Value {
        if self.context.len() >= DEPTH_LIMIT {
            self.error(
                span,
                format!("`{}` calls itself without end: helpers are unrolled by the compiler", function.name),
            );
            self.stopped = true;
            return Value::broken(span);
        }
        if arguments.len() != function.parameters.len() {
            self.error(
                span,
                format!(
                    "`{}` takes {} arguments, but {} were given",
                    function.name,
                    function.parameters.len(),
                    arguments.len()
                ),
            );
            return Value::broken(span);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.expression(argument, None)).collect();
        for value in &values {
            if let Kind::Word(name) = &value.kind
                && self.lookup(&name.to_string()).is_none()
                && Activation::read(&formwork_shape::Arg::Word(&name.to_string())).is_none()
            {
                let name = name.clone();
                self.unknown_tensor(&name);
                return Value::broken(span);
            }
        }
        let shown: Vec<String> = function
            .parameters
            .iter()
            .zip(&values)
            .filter(|(_, value)| !matches!(value.kind, Kind::Tensor(_)))
            .map(|(pattern, value)| format!("{} = {}", parameter_name(pattern), show(value)))
            .collect();
        self.context.push(format!("`{}({})`", function.name, shown.join(", ")));
        let outer = std::mem::replace(&mut self.scopes, vec![function.captured.clone()]);
        // A helper may call itself and those that are written after it.
        for (name, value) in outer.iter().flatten() {
            if matches!(value.kind, Kind::Function(_)) {
                self.scopes[0].entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.scopes.push(Default::default());
        for (pattern, value) in function.parameters.iter().zip(values) {
            self.bind_pattern(pattern, value);
        }
        let result = self.block(&function.body);
        self.scopes = outer;
        self.context.pop();
        Value::new(result.map_or(Kind::Unit, |value| value.kind), span)
    }

    fn output_fields(&mut self, outputs: &syn::ExprStruct) -> Value {
        let mut fields: Vec<(Ident, Value)> = Vec::new();
        for field in &outputs.fields {
            let syn::Member::Named(name) = &field.member else {
                self.error(field.span(), "an output is written with its name: `Outputs { class, score: h }`");
                continue;
            };
            if fields.iter().any(|(other, _)| other == name) {
                self.error(name.span(), format!("output `{name}` is returned twice"));
                continue;
            }
            let pattern = Pat::Ident(syn::PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: None,
                ident: name.clone(),
                subpat: None,
            });
            let mut value = self.expression(&field.expr, Some(&pattern));
            if let Kind::Word(word) = &value.kind {
                let word = word.clone();
                self.unknown_tensor(&word);
                value = Value::broken(name.span());
            }
            fields.push((name.clone(), value));
        }
        Value::new(Kind::Outputs(fields), outputs.span())
    }
}

fn parameter_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Type(typed) => parameter_name(&typed.pat),
        Pat::Ident(ident) => ident.ident.to_string(),
        other => other.to_token_stream().to_string(),
    }
}

fn number(kind: &Kind) -> Option<f64> {
    match kind {
        Kind::Int(n) => Some(*n as f64),
        Kind::Float(x) => Some(*x),
        _ => None,
    }
}

/// Arithmetic and comparison of numbers, as Rust does it.
fn numbers(a: &Kind, op: &BinOp, b: &Kind) -> Option<Kind> {
    if let (Kind::Int(a), Kind::Int(b)) = (a, b) {
        let (a, b) = (*a, *b);
        return match op {
            BinOp::Add(_) => a.checked_add(b).map(Kind::Int),
            BinOp::Sub(_) => a.checked_sub(b).map(Kind::Int),
            BinOp::Mul(_) => a.checked_mul(b).map(Kind::Int),
            BinOp::Div(_) => a.checked_div(b).map(Kind::Int),
            BinOp::Rem(_) => a.checked_rem(b).map(Kind::Int),
            BinOp::Shl(_) => u32::try_from(b).ok().and_then(|b| a.checked_shl(b)).map(Kind::Int),
            BinOp::Shr(_) => u32::try_from(b).ok().and_then(|b| a.checked_shr(b)).map(Kind::Int),
            op => compare(&a, op, &b),
        };
    }
    if let (Kind::Bool(a), Kind::Bool(b)) = (a, b) {
        return match op {
            BinOp::And(_) => Some(Kind::Bool(*a && *b)),
            BinOp::Or(_) => Some(Kind::Bool(*a || *b)),
            op => compare(a, op, b),
        };
    }
    let (a, b) = (number(a)?, number(b)?);
    match op {
        BinOp::Add(_) => Some(Kind::Float(a + b)),
        BinOp::Sub(_) => Some(Kind::Float(a - b)),
        BinOp::Mul(_) => Some(Kind::Float(a * b)),
        BinOp::Div(_) => Some(Kind::Float(a / b)),
        op => compare(&a, op, &b),
    }
}

fn compare<T: PartialOrd>(a: &T, op: &BinOp, b: &T) -> Option<Kind> {
    Some(Kind::Bool(match op {
        BinOp::Eq(_) => a == b,
        BinOp::Ne(_) => a != b,
        BinOp::Lt(_) => a < b,
        BinOp::Le(_) => a <= b,
        BinOp::Gt(_) => a > b,
        BinOp::Ge(_) => a >= b,
        _ => return None,
    }))
}

/// A value for messages.
fn show(value: &Value) -> String {
    match &value.kind {
        Kind::Tuple(values) => format!("({})", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        Kind::List(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        _ => match value.to_constant() {
            Some(tokens) => tokens.to_string(),
            None => "..".to_string(),
        },
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_string(),
    }
}
