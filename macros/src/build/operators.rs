//! Operators: arithmetic of numbers, at once; of tensors, as layers.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{BinOp, Ident, Pat, UnOp};

use super::Builder;
use super::value::{Kind, Value};
use crate::graph::{Builtin, OpaqueArgument};
use formwork_shape::{Comparison, Layer, Operator, layers};

impl Builder<'_> {
    pub(super) fn binary(&mut self, binary: &syn::ExprBinary, pattern: Option<&Pat>) -> Value {
        let left = self.expression(&binary.left, None);
        let right = self.expression(&binary.right, None);
        // Of a variable, as the number of a round is, it may be meant.
        if let (syn::Expr::Lit(_), BinOp::Div(_)) = (&*binary.left, binary.op)
            && let (Kind::Int(a @ 1..), Kind::Int(b)) = (&left.kind, &right.kind)
            && a < b
        {
            let message = format!("{a} / {b} is 0, as both are whole numbers\nhint: write {a}.0 / {b}.0");
            return self.refuse(binary.op.span(), message);
        }
        if let (syn::Expr::Lit(_), BinOp::Div(_), Kind::Int(1..), Kind::Opaque(divisor)) =
            (&*binary.left, binary.op, &left.kind, &right.kind)
            && let Some(dividend) = left.to_constant()
        {
            return Value::new(Kind::Opaque(no_zero(&dividend, divisor)), binary.op.span());
        }
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
            return self.refuse(span, "division by zero");
        }
        if let (Kind::Int(a), Kind::Int(b)) = (a, b) {
            let symbol = op.to_token_stream();
            return self.refuse(span, format!("{a} {symbol} {b} is no number that a model can have"));
        }
        if (left.is_opaque() || right.is_opaque())
            && let (Some(a), Some(b)) = (left.to_constant(), right.to_constant())
        {
            return Value::new(Kind::Opaque(quote!((#a #op #b))), span);
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
        self.refuse(span, what)
    }

    fn tensor_operator(&mut self, left: Value, op: &BinOp, right: Value, pattern: Option<&Pat>) -> Value {
        let span = op.span();
        if let Some(comparison) = comparison(op) {
            return self.comparison(comparison, left, right, span, pattern);
        }
        let operator = match op {
            BinOp::Add(_) => Operator::Add,
            BinOp::Sub(_) => Operator::Subtract,
            BinOp::Mul(_) => Operator::Multiply,
            BinOp::Div(_) => Operator::Divide,
            other => {
                return self.refuse(
                    span,
                    format!(
                        "`{}` is no operator of tensors: there are + - * / and comparisons{}",
                        other.to_token_stream(),
                        instead_of(other)
                    ),
                );
            }
        };
        let symbol = operator.symbol();
        let (number, tensor, left_is_number) = match (scalar(&left), scalar(&right)) {
            (None, Some(number)) => (number, left, false),
            (Some(number), None) => (number, right, true),
            _ => {
                let layer = Layer::Arithmetic(layers::Arithmetic { operator });
                return self.operator(layer, symbol, vec![left, right], span, pattern);
            }
        };
        if matches!((operator, &number, left_is_number), (Operator::Divide, Scalar::Known(0.0), false)) {
            return self.refuse(span, "division of a tensor by zero");
        }
        let layer = with_number(operator, number, left_is_number, span);
        self.operator(layer, symbol, vec![tensor], span, pattern)
    }

    /// `maximum(x, 0.0)`: a function of two tensors, one of which is a number.
    pub(super) fn function_with_number(
        &mut self,
        name: &str,
        left: &Value,
        right: &Value,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Option<Value> {
        let (tensor, limit) = match (&left.kind, &right.kind) {
            (Kind::Tensor(_), _) => (left, scalar(right)?),
            (_, Kind::Tensor(_)) => (right, scalar(left)?),
            _ => return None,
        };
        let op = match name {
            "add" => BinOp::Add(syn::token::Plus(span)),
            "subtract" => BinOp::Sub(syn::token::Minus(span)),
            "multiply" => BinOp::Mul(syn::token::Star(span)),
            "divide" => BinOp::Div(syn::token::Slash(span)),
            "maximum" | "minimum" => {
                let layer = limited(name == "maximum", limit, span);
                return Some(self.operator(layer, name, vec![tensor.clone()], span, pattern));
            }
            _ => return None,
        };
        Some(self.combine(left.clone(), &op, right.clone(), pattern))
    }

    /// `x > 0.0`, `a >= b`: a tensor of true and false.
    fn comparison(
        &mut self,
        comparison: Comparison,
        left: Value,
        right: Value,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Value {
        let layer = |comparison, value| Layer::Compare(layers::Compare { comparison, value });
        match (number(&left.kind), number(&right.kind)) {
            (None, Some(n)) => self.operator(layer(comparison, Some(n)), comparison.word(), vec![left], span, pattern),
            (Some(n), None) => {
                let turned = turned(comparison);
                self.operator(layer(turned, Some(n)), turned.word(), vec![right], span, pattern)
            }
            _ => self.operator(layer(comparison, None), comparison.word(), vec![left, right], span, pattern),
        }
    }

    pub(super) fn unary(&mut self, unary: &syn::ExprUnary, pattern: Option<&Pat>) -> Value {
        let span = unary.span();
        let value = self.expression(&unary.expr, None);
        match (&unary.op, &value.kind) {
            (UnOp::Neg(_), Kind::Int(n)) => Value::new(Kind::Int(n.saturating_neg()), span),
            (UnOp::Neg(_), Kind::Float(x)) => Value::new(Kind::Float(-x), span),
            (UnOp::Not(_), Kind::Bool(b)) => Value::new(Kind::Bool(!b), span),
            (UnOp::Neg(_), Kind::Tensor(_)) => {
                let layer = Layer::Affine(layers::Affine { scale: -1.0, offset: 0.0 });
                self.operator(layer, "-", vec![value], span, pattern)
            }
            (op, Kind::Opaque(tokens)) => Value::new(Kind::Opaque(quote!((#op #tokens))), span),
            (_, Kind::Broken) => value,
            (op, kind) => {
                let hint = match op {
                    UnOp::Neg(_) if matches!(kind, Kind::Word(word) if ["inf", "infinity"].iter().any(|inf| word == inf)) => {
                        "\nhint: infinity is f64::INFINITY; a large number such as -1e9 keeps sums finite"
                    }
                    UnOp::Deref(_) => "\nhint: a power is written power(x, 3.0), or as a product: x * x * x",
                    UnOp::Not(_) if matches!(kind, Kind::Tensor(_)) => "\nhint: 1.0 - x of a tensor of 0 and 1",
                    _ => "",
                };
                let message = format!("`{}` cannot be applied to {}{hint}", op.to_token_stream(), kind.describe());
                self.refuse(span, message)
            }
        }
    }
}

/// `1 / N` with a constant from outside, which is no 0 that was rounded down to.
fn no_zero(dividend: &TokenStream, divisor: &TokenStream) -> TokenStream {
    let shown = divisor.to_string();
    let message =
        format!("{dividend} / {shown} is 0, as both are whole numbers\nhint: write {dividend}.0 / {shown} as f64");
    let check = quote_spanned!(divisor.span()=> ::core::assert!(#divisor <= #dividend, #message));
    quote!({ #check; #dividend / #divisor })
}

/// For messages: what is written for an operator that tensors do not have.
fn instead_of(op: &BinOp) -> &'static str {
    match op {
        BinOp::And(_) | BinOp::BitAnd(_) => "\nhint: of tensors of 0 and 1 the product, a * b",
        BinOp::Or(_) | BinOp::BitOr(_) => "\nhint: of tensors of 0 and 1 the larger one, maximum(a, b)",
        BinOp::BitXor(_) => "\nhint: a power is written power(x, 3.0), or as a product: x * x * x",
        BinOp::Shr(_) | BinOp::Shl(_) => "\nhint: a layer is applied to a tensor: Dense(64)(x)",
        BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_) => {
            "\nhint: it stands on a line of its own: `h += x;`"
        }
        _ => "",
    }
}

/// A number that meets a tensor.
enum Scalar {
    Known(f64),
    /// A constant from outside, as an expression of type `f64`.
    Constant(TokenStream),
}

fn scalar(value: &Value) -> Option<Scalar> {
    match &value.kind {
        Kind::Opaque(tokens) => Some(Scalar::Constant(quote!(((#tokens) as __fw::f64)))),
        kind => number(kind).map(Scalar::Known),
    }
}

/// The layer of a tensor and a number.
fn with_number(operator: Operator, number: Scalar, left_is_number: bool, span: Span) -> Builtin {
    let affine = |scale, offset| Layer::Affine(layers::Affine { scale, offset });
    // The layer for a number that is known; else its template, the argument that the constant is for, and its value.
    let (layer, field, value) = match (operator, number, left_is_number) {
        (Operator::Add, Scalar::Known(n), _) => return affine(1.0, n).into(),
        (Operator::Subtract, Scalar::Known(n), false) => return affine(1.0, -n).into(),
        (Operator::Subtract, Scalar::Known(n), true) => return affine(-1.0, n).into(),
        (Operator::Multiply, Scalar::Known(n), _) => return affine(n, 0.0).into(),
        (Operator::Divide, Scalar::Known(n), false) => return affine(1.0 / n, 0.0).into(),
        (Operator::Divide, Scalar::Known(n), true) => return Layer::Over(layers::Over { number: n }).into(),
        (Operator::Add, Scalar::Constant(n), _) => (affine(1.0, 0.0), "offset", n),
        (Operator::Subtract, Scalar::Constant(n), false) => (affine(1.0, 0.0), "offset", quote!(-#n)),
        (Operator::Subtract, Scalar::Constant(n), true) => (affine(-1.0, 0.0), "offset", n),
        (Operator::Multiply, Scalar::Constant(n), _) => (affine(1.0, 0.0), "scale", n),
        (Operator::Divide, Scalar::Constant(n), false) => (affine(1.0, 0.0), "scale", quote!(1.0 / #n)),
        (Operator::Divide, Scalar::Constant(n), true) => (Layer::Over(layers::Over { number: 1.0 }), "number", n),
    };
    let opaque = OpaqueArgument { field: Ident::new(field, span), convert: "", value };
    Builtin { opaque: vec![opaque], ..layer.into() }
}

/// The layer that keeps values at or above a number, or at or below it.
fn limited(below: bool, limit: Scalar, span: Span) -> Builtin {
    let clip = |x_min, x_max| Layer::Clip(layers::Clip { x_min, x_max });
    let (layer, field, value) = match (below, limit) {
        (true, Scalar::Known(n)) => return clip(n, f64::MAX).into(),
        (false, Scalar::Known(n)) => return clip(f64::MIN, n).into(),
        (true, Scalar::Constant(n)) => (clip(0.0, f64::MAX), "x_min", n),
        (false, Scalar::Constant(n)) => (clip(f64::MIN, 0.0), "x_max", n),
    };
    let opaque = OpaqueArgument { field: Ident::new(field, span), convert: "", value };
    Builtin { opaque: vec![opaque], ..layer.into() }
}

fn comparison(op: &BinOp) -> Option<Comparison> {
    Some(match op {
        BinOp::Gt(_) => Comparison::Greater,
        BinOp::Ge(_) => Comparison::GreaterEqual,
        BinOp::Lt(_) => Comparison::Less,
        BinOp::Le(_) => Comparison::LessEqual,
        BinOp::Eq(_) => Comparison::Equal,
        BinOp::Ne(_) => Comparison::NotEqual,
        _ => return None,
    })
}

/// The comparison with both sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        equal => equal,
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
