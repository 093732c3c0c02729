#!/bin/sh
# Regenerates the numbers that papers on venous arterialization print. Run it from the root of the
# checkout; WADI names the program (build/wadi). docs/stats.md says what each paper printed.
set -eu
wadi=${WADI:-build/wadi}
here=$(dirname "$0")

echo "== Kum 2017 (told in Endovascular Today, May 2018): TcPO2 before and after, p = .046"
echo "   the signed rank test by the normal approximation without continuity correction (p_normal);"
echo "   exactly it is .0625. The pairs are made up, with that V."
$wadi stats signedrank "$here/tcpo2-pairs.csv" --csv
echo "== Kum 2017: wounds healed at 6 and 12 months, 4 of 7 (57 %) and 5 of 7 (71 %)"
$wadi stats prop --count 4 --of 7 --count 5 --of 7 --method wilson --method clopper-pearson --csv
echo "== Hayakawa 2023, Fig. 3: Wilson limits by grade; printed 84.5 for B and 94.7 for C are misprints"
$wadi stats prop "$here/success-by-grade.csv" --count x --of n --group grade --method wilson --csv
echo "== technical success: PROMISE I 31/32, PROMISE II 104/105, ALPS 31/32, DEPARTURE 16/18 and 15/18"
$wadi stats prop --count 31 --of 32 --count 104 --of 105 --count 31 --of 32 --count 16 --of 18 \
    --count 15 --of 18 --method wilson --csv
echo "== PROMISE II: AFS 66.1 % of 105 at 6 months against the goal of 54 %, Jeffreys and flat priors"
$wadi stats goal --count 69.405 --of 105 --goal 0.54 --csv
$wadi stats goal --count 69.405 --of 105 --goal 0.54 --prior-a 1 --prior-b 1 --csv
for outcome in AFS limb_salvage wound_healed wound_healed_or_healing reintervention technical_success; do
    echo "== published: $outcome"
    $wadi stats overlay --outcome "$outcome" --csv
done
echo "== bounds: a survival curve does not rise; limb salvage + survival - 1 <= AFS <= either; and the"
echo "   product of the two, which AFS equals where death and amputation are independent"
$wadi stats overlay --outcome AFS --study PROMISE
echo "== healing, printed as 4.6 months (84-192 d): 138 d, and the limits are symmetric about it, so they"
echo "   are median +- 1.96 SE (SE 27.6 d), not Brookmeyer-Crowley. Made-up times with that median, whose"
echo "   Brookmeyer-Crowley upper limit is not reached, as it must be with 5 healed of 7"
$wadi stats km "$here/healing-days.csv" --time days --event healed --quantile 0.5 --conf-type log-log
