//! Operations on tensors: what joins two, changes each value, or makes many one.

words! {
    /// An operator between two tensors.
    Operator = "an operator" {
        /// a + b
        Add = add,
        /// a - b
        Subtract = subtract,
        /// a b
        Multiply = multiply,
        /// a / b
        Divide = divide,
    }
}

impl Operator {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
        }
    }
}

words! {
    /// A comparison of two tensors, or of a tensor and a number.
    Comparison = "a comparison" {
        /// a > b
        Greater = greater,
        /// a >= b
        GreaterEqual = greater_equal,
        /// a < b
        Less = less,
        /// a <= b
        LessEqual = less_equal,
        /// a == b
        Equal = equal,
        /// a != b
        NotEqual = not_equal,
    }
}

words! {
    /// A function of single values, as an operation of the language.
    Function = "a function" {
        /// eˣ
        Exp = exp,
        /// ln x
        Log = log,
        /// √x
        Sqrt = sqrt,
        /// 1 / √x
        Rsqrt = rsqrt,
        /// x²
        Square = square,
        /// |x|
        Abs = abs,
        /// sin x
        Sin = sin,
        /// cos x
        Cos = cos,
        /// tan x
        Tan = tan,
        /// sinh x
        Sinh = sinh,
        /// cosh x
        Cosh = cosh,
        /// eˣ - 1, exact near 0
        Expm1 = expm1,
        /// ln (1 + x), exact near 0
        Log1p = log1p,
        /// 1 / x
        Reciprocal = reciprocal,
        /// -1, 0 or 1
        Sign = sign,
        /// ln x / ln 2
        Log2 = log2,
        /// ln x / ln 10
        Log10 = log10,
        /// 2ˣ
        Exp2 = exp2,
        /// The angle whose sine is x
        Arcsin = arcsin,
        /// The angle whose cosine is x
        Arccos = arccos,
        /// The angle whose tangent is x
        Arctan = arctan,
        /// The number whose hyperbolic sine is x
        Arcsinh = arcsinh,
        /// The number whose hyperbolic cosine is x
        Arccosh = arccosh,
        /// The number whose hyperbolic tangent is x
        Arctanh = arctanh,
        /// The whole number at or below x
        Floor = floor,
        /// The whole number at or above x
        Ceil = ceil,
        /// The nearest whole number; of two, the even one
        Round = round,
        /// x without what follows its point
        Trunc = trunc,
    }
}

words! {
    /// How many values become one.
    Reducer = "a reduction" {
        /// Their sum.
        Sum = sum,
        /// Their mean.
        Mean = mean,
        /// The largest; where several are, they share the gradient.
        Max = max,
        /// The smallest; where several are, they share the gradient.
        Min = min,
        /// Their product.
        Prod = prod,
        /// The mean of their squared distances from their mean.
        Var = var,
        /// √var; the gradient where all are the same is 0.
        Std = std,
        /// ln Σ eˣ
        Logsumexp = logsumexp,
        /// √Σ x²; the gradient where all are 0 is 0.
        Norm = norm,
    }
}

words! {
    /// What lies beyond the ends of an axis.
    PadMode = "a mode of padding" {
        /// A number.
        Constant = constant,
        /// The first and the last value.
        Edge = edge,
        /// The values before the end in turned order, without the one at the end: c b | a b c | b a
        Reflect = reflect,
        /// The values before the end in turned order: b a | a b c | c b
        Symmetric = symmetric,
        /// The axis again: b c | a b c | a b
        Wrap = wrap,
    }
}

words! {
    /// How the outputs of the two directions of a Bidirectional become one.
    MergeMode = "a merge mode" {
        /// One after the other.
        Concat = concat,
        /// Their sum.
        Sum = sum,
        /// Their product.
        Mul = mul,
        /// Their mean.
        Ave = ave,
    }
}
