"""The commands that LaTeX and AMS define and that people use in formulas; any other is a macro of somebody's own."""

import re

LETTERS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi varpi
rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi
Omega ell hbar imath jmath Re Im wp aleph beth nabla partial infty emptyset varnothing forall exists nexists neg lnot
top bot angle triangle prime backprime natural flat sharp dagger ddagger S P
"""
SIGNS = """
pm mp times div cdot cdotp ast star circ bullet cap cup uplus sqcap sqcup vee wedge lor land setminus smallsetminus wr
oplus ominus otimes oslash odot amalg boxplus boxminus boxtimes boxdot diamond bigcirc ltimes rtimes
le leq ge geq leqslant geqslant ll gg lt gt ne neq equiv sim simeq approx cong propto asymp doteq triangleq coloneqq
eqqcolon coloneq vcentcolon prec succ preceq succeq lesssim gtrsim in ni notin subset supset subseteq supseteq subsetneq
supsetneq mid nmid parallel perp models vdash dashv not to gets mapsto longmapsto leftarrow rightarrow leftrightarrow
Leftarrow Rightarrow Leftrightarrow longleftarrow longrightarrow Longleftarrow Longrightarrow Longleftrightarrow iff
implies impliedby uparrow downarrow updownarrow nearrow searrow hookrightarrow hookleftarrow rightharpoonup leadsto
rightsquigarrow therefore because colon dots ldots cdots vdots ddots dotsc dotsb dotsm dotsi dotso
sum prod coprod int iint iiint oint bigcap bigcup bigvee bigwedge bigoplus bigotimes bigodot biguplus
left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm lbrace rbrace lbrack rbrack
langle rangle lfloor rfloor lceil rceil vert Vert lvert rvert lVert rVert backslash square blacksquare Box checkmark
surd lgroup rgroup lmoustache rmoustache ulcorner urcorner
"""
FUNCTIONS = """
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min Pr
sec sin sinh sup tan tanh bmod pmod mod pod operatorname operatornamewithlimits argmax argmin
"""
SHAPES = """
frac dfrac tfrac cfrac binom dbinom tbinom sqrt root over atop choose above brace brack genfrac
hat widehat tilde widetilde bar overline underline vec overrightarrow overleftarrow dot ddot dddot acute grave check
breve mathring overbrace underbrace overset underset stackrel substack sideset xrightarrow xleftarrow boxed fbox bbox
cancel bcancel xcancel cancelto phantom hphantom vphantom smash mathstrut strut rlap llap mathrlap mathllap mathclap
mathbf mathrm mathit mathsf mathtt mathcal mathbb mathbbm mathfrak mathscr mathnormal mathds boldsymbol bm pmb bold rm
bf it sf tt cal text textrm textbf textit textsf texttt textnormal textup textsc emph mbox hbox vbox mathop mathbin
mathrel mathord mathopen mathclose mathpunct mathinner limits nolimits displaylimits displaystyle textstyle scriptstyle
scriptscriptstyle tiny small large Large normalsize footnotesize scriptsize color textcolor colorbox fcolorbox
quad qquad enspace thinspace medspace thickspace negthinspace hspace vspace hskip hfill kern mkern mskip space
nobreakspace hline cline nonumber notag label tag eqref ref cite begin end cr newline intertext shortintertext
multicolumn multirow raisebox scalebox resizebox qedhere qed unicode require class style cssId href vcenter hfil
textsuperscript textsubscript underbracket overbracket centering item noindent par newcommand renewcommand def let
middle allowbreak nobreak break mathchoice relax protect ensuremath verb footnote eqno leqno degree circledast
"""
KNOWN = frozenset(f"\\{name}" for name in (LETTERS + SIGNS + FUNCTIONS + SHAPES).split())
ACTING = """
require class style cssId href unicode bbox def let newcommand renewcommand label tag eqref ref cite footnote verb
"""
DRAWING = KNOWN - {f"\\{name}" for name in ACTING.split()}
"""The others link, load, define, or reach into the page."""


def only_draws(formula: str) -> bool:
    """Does a formula of a reader hold no command but those that draw? A macro of somebody's own may do anything."""
    return set(re.findall(r"\\[A-Za-z]+", formula)) <= DRAWING
