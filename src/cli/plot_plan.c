/* cli/plot_plan.c: what of a plan is drawn, and in which unit, when nobody says it. Knows nothing of documents and options. */
#include "cli/plot.h"

#include <string.h>

#include "base/internal.h"

enum { JOINTS_SHOWN = 8 /* of a run without an end */ };

/* Past the first few joints, so that the last of them is seen. */
static int64_t batches_with_joints(const tempo_plan *plan)
{
    int64_t last = 0;
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++) {
        int64_t joint = 0;
        for (int i = 0; i < JOINTS_SHOWN; i++) {
            const int64_t next = tempo_plan_next_joint(plan, track, joint);
            if (next < 0)
                break;
            joint = next;
        }
        last = joint > last ? joint : last;
    }
    return last < INT64_MAX / 2 ? last + last / 4 : last;
}

int64_t plot_batches_to_show(const tempo_plan *plan)
{
    tempo_time duration;
    return tempo_plan_max_duration(plan, &duration) ? tempo_plan_batches(plan) : batches_with_joints(plan);
}

tempo_status plot_no_end(const tempo_plan *plan, tempo_error *error)
{
    tempo_time duration;
    int64_t batches;
    if (!tempo_plan_max_duration(plan, &duration)) {
        (void)tempo__fail(error, TEMPO_MISSING_FACT, "nothing says how long the run is, or where its curve ends");
        error->fact = "max_duration";
    } else if (!tempo_plan_batch(plan, duration, &batches, error)) {
        (void)tempo__fail(error, TEMPO_ZERO_DURATION, "the run is 0ba long, so there is nothing to draw");
    }
    if (!*error->path)
        tempo__blame(error, "run.max_duration");
    return error->status;
}

tempo_unit plot_unit_of(const tempo_plan *plan, int64_t batches)
{
    tempo_time duration;
    double per_batch;
    if (!tempo_plan_max_duration(plan, &duration) || plot_per_batch(&per_batch, plan, duration.unit, NULL))
        return TEMPO_BATCH;
    return duration.unit == TEMPO_EPOCH && (double)batches * per_batch < 1 ? TEMPO_BATCH : duration.unit;
}

tempo_status plot_figure_add_track(plot_figure *figure, const tempo_plan *plan, size_t track, bool relative,
                                   tempo_error *error)
{
    plot_curve curve = {
        .plan = plan,
        .track = track,
        .document = "",
        .relative = relative && strcmp(tempo_plan_track(plan, track)->field, "lr") == 0,
        .batches = tempo_plan_batches(plan),
        .to = plot_batches_to_show(plan),
    };
    if (curve.to == 0)
        return plot_no_end(plan, error);
    tempo_timestamp last;
    tempo_status status = tempo_plan_timestamp(plan, curve.to, &last, error);
    if (!status)
        status = plot_per_batch(&curve.per_batch, plan, figure->unit, error);
    if (status)
        return status;
    return plot_figure_add(figure, &curve) ? TEMPO_OK : tempo__out_of_memory(error);
}
